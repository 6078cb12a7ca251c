/** Cameras on the network: a search that somebody starts, and what it has found so far. */
import { Link } from '@tanstack/react-router';
import type { FoundCamera, Scan } from '../../../../src/api/contract/camera-scan.ts';
import { useScan, useStartScan } from '../../api/scan.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { FormError } from '../field.tsx';
import { Icon } from '../icons.tsx';

interface ListProps {
  onChoose: (found: FoundCamera) => void;
  /** Leaves for the page of a camera that is there already. */
  onLeave: () => void;
}

export function ScanList({ onChoose, onLeave }: ListProps) {
  const { data: scan } = useScan();
  const start = useStartScan();
  const running = start.isPending || scan?.state === 'running';
  const searched = scan !== undefined && scan.state !== 'none';
  return (
    <section aria-label="Cameras on the network" className="border-line grid gap-3 rounded-xl border p-3.5">
      <div className="flex items-center justify-between gap-3">
        <div className="min-w-0">
          <h3 className="font-semibold">On your network</h3>
          <p role="status" className="text-muted text-[13px]">
            {statusWords(scan, running)}
          </p>
        </div>
        <Button icon="search" busy={running} onClick={() => start.mutate({ rtsp: false })}>
          {searched ? 'Search again' : 'Search'}
        </Button>
      </div>
      {start.isError && <FormError>{faultText(start.error)}</FormError>}
      {searched && scan.devices.length > 0 && (
        <ul className="divide-line border-line max-h-72 divide-y overflow-y-auto rounded-lg border">
          {scan.devices.map((found) => (
            <li key={`${found.kind} ${found.ask}`}>
              <Row found={found} onChoose={onChoose} onLeave={onLeave} />
            </li>
          ))}
        </ul>
      )}
      {searched && !running && <Deeper scan={scan} onSearch={() => start.mutate({ rtsp: true })} />}
    </section>
  );
}

function Row({ found, onChoose, onLeave }: ListProps & { found: FoundCamera }) {
  const words = [found.name, found.name === found.hardware ? '' : found.hardware].filter(Boolean);
  const line = [found.address, found.kind === 'rtsp' ? 'RTSP only' : '', found.location]
    .filter(Boolean)
    .join(' · ');
  const inside = (
    <>
      <span className="text-muted">
        <Icon name="camera" size={18} />
      </span>
      <span className="min-w-0 grow">
        <span className="block truncate font-medium">{words.join(' · ') || 'Camera'}</span>
        <span className="text-muted block truncate text-[13px] tabular-nums">{line}</span>
      </span>
    </>
  );
  const look = 'hover:bg-raised flex min-h-[52px] w-full items-center gap-3 px-3.5 py-2 text-left';
  if (found.alreadyAdded !== null) {
    return (
      <Link
        to="/cameras/$cameraId"
        params={{ cameraId: found.alreadyAdded }}
        onClick={onLeave}
        className={look}
      >
        {inside}
        <span className="text-muted flex shrink-0 items-center gap-1.5 text-[13px]">
          <Icon name="check" size={15} /> Already added
        </span>
      </Link>
    );
  }
  return (
    <button type="button" onClick={() => onChoose(found)} className={look}>
      {inside}
      <span className="text-muted shrink-0">
        <Icon name="next" size={16} />
      </span>
    </button>
  );
}

/** Not every camera knows ONVIF; knocking everywhere is done only when somebody wants it. */
function Deeper({ scan, onSearch }: { scan: Scan; onSearch: () => void }) {
  if (scan.knocked.length > 0) return null;
  return (
    <p className="text-muted text-[13px]">
      A camera is missing? It may have ONVIF switched off, or be on another network: type its address above.{' '}
      <button
        type="button"
        onClick={onSearch}
        className="text-accent underline-offset-2 hover:underline pointer-coarse:min-h-[44px]"
      >
        Try every address of this network
      </button>
    </p>
  );
}

function statusWords(scan: Scan | undefined, running: boolean): string {
  const count = scan?.devices.length ?? 0;
  const found = count === 1 ? '1 camera found' : `${count} cameras found`;
  if (running) return count === 0 ? 'Searching… a few seconds.' : `Searching… ${found}.`;
  if (!scan || scan.state === 'none') return 'Cameras that speak ONVIF answer within seconds.';
  if (count > 0) return `${found}.`;
  if (scan.networks.length === 0) return 'This server is on no network that can be searched.';
  return `No camera answered on ${scan.networks.join(', ')}.`;
}
