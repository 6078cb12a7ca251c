/** How the server does: what is wrong and what to do, then figures, over time and now. */
import { useQuery } from '@tanstack/react-query';
import { camerasQuery } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { useServerNow } from '../api/now.ts';
import { useSystemHealth } from '../api/system-health.ts';
import { Notice } from '../parts/notice.tsx';
import { CameraTable } from '../parts/system/camera-table.tsx';
import { Findings } from '../parts/system/findings.tsx';
import { Disks, Footnote, Now, Workers } from '../parts/system/machine.tsx';
import { Plots } from '../parts/system/plots.tsx';
import { useTitle } from '../parts/title.ts';

export function SystemPage() {
  useTitle('System');
  const health = useSystemHealth();
  const { data: cameras = [] } = useQuery(camerasQuery);
  const nowMs = useServerNow();
  if (!health.data) {
    if (health.error)
      return <Notice title="The server’s health could not be read">{faultText(health.error)}</Notice>;
    return <p className="text-muted py-10">Looking at the server…</p>;
  }
  const { status, findings, backlog } = health.data;
  return (
    <div className="mx-auto max-w-5xl pb-10">
      <h1 className="py-4 text-[19px] font-semibold tracking-[-0.015em]">System</h1>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-8">
        <Findings findings={findings} />
        <Plots status={status} />
        <Now health={health.data} />
        <CameraTable cameras={cameras} backlog={backlog} />
        <div className="grid grid-cols-[minmax(0,1fr)] gap-8 lg:grid-cols-2">
          <Disks disks={status.disks} />
          <Workers workers={status.workers} />
        </div>
        <Footnote health={health.data} nowMs={nowMs} />
      </div>
    </div>
  );
}
