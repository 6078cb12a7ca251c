/** Where footage lies, how far it reaches, what was deleted and why, and whether it is whole. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import type { Storage } from '../../../src/api/contract/recording.ts';
import { camerasQuery } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { useStorage } from '../api/storage.ts';
import { bytes } from '../format.ts';
import { Facts } from '../parts/facts.tsx';
import type { Fact } from '../parts/facts.tsx';
import { Notice } from '../parts/notice.tsx';
import { RecordingDialog } from '../parts/recording/recording-dialog.tsx';
import { CameraTable } from '../parts/storage/camera-table.tsx';
import { Deletions } from '../parts/storage/deletions.tsx';
import { Holds } from '../parts/storage/holds.tsx';
import { Integrity } from '../parts/storage/integrity.tsx';
import { Volumes } from '../parts/storage/volumes.tsx';
import { useTitle } from '../parts/title.ts';

export function StoragePage() {
  useTitle('Storage');
  const storage = useStorage();
  const cameras = useQuery(camerasQuery);
  const [edited, setEdited] = useState<Camera>();
  if (!storage.data || !cameras.data) {
    const error = storage.error ?? cameras.error;
    if (error) return <Notice title="The storage could not be read">{faultText(error)}</Notice>;
    return <p className="text-muted py-10">Reading the storage…</p>;
  }
  const { volumes, integrity, totals, cameras: rows } = storage.data;
  return (
    <div className="mx-auto max-w-5xl pb-10">
      <h1 className="py-4 text-[19px] font-semibold tracking-[-0.015em]">Storage</h1>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-8">
        <Facts facts={totalFacts(totals)} />
        <Volumes volumes={volumes} />
        <CameraTable rows={rows} cameras={cameras.data} onEdit={setEdited} />
        <Holds cameras={cameras.data} />
        <Deletions cameras={cameras.data} />
        <Integrity integrity={integrity} cameras={cameras.data} />
      </div>
      {edited && <RecordingDialog camera={edited} onClose={() => setEdited(undefined)} />}
    </div>
  );
}

function totalFacts({
  bytes: stored,
  bytesPerDay,
  heldBytes,
  maxBytes,
  minFreeBytes,
}: Storage['totals']): Fact[] {
  return [
    ['Stored', bytes(stored)],
    ['Recorded a day', bytes(bytesPerDay)],
    ['Held as evidence', bytes(heldBytes)],
    ['Limit', maxBytes === null ? `none; ${bytes(minFreeBytes)} stay free` : bytes(maxBytes)],
  ];
}
