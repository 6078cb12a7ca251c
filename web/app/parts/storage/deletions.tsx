/** What was deleted, when, and which rule did it. */
import { useState } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { Deletion } from '../../../../src/api/contract/recording.ts';
import { faultText } from '../../api/http.ts';
import { useDeletions } from '../../api/storage.ts';
import { bytes, dateTime, whole } from '../../format.ts';
import { Button } from '../button.tsx';
import { Empty, Panel } from './panel.tsx';

const fewShown = 10;
const manyShown = 200;

const reasons: Readonly<Record<string, string>> = {
  age: 'Too old',
  'camera-size': 'Over the camera’s limit',
  'total-size': 'Over the limit of all',
  'free-space': 'No room on the volume',
  request: 'Deleted by hand',
  'camera-deleted': 'Camera deleted',
  missing: 'The file was gone',
};

export function Deletions({ cameras }: { cameras: readonly Camera[] }) {
  const [shown, setShown] = useState(fewShown);
  const { data, error } = useDeletions(shown);
  const names = new Map(cameras.map(({ id, name }) => [id, name]));
  return (
    <Panel title="Deleted" words="Nothing goes without a reason. The newest first.">
      {error && <Empty>{faultText(error)}</Empty>}
      {data?.length === 0 && <Empty>Nothing has been deleted.</Empty>}
      {data && data.length > 0 && (
        <>
          <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
            {data.map((deletion) => (
              <DeletionRow key={deletion.id} deletion={deletion} name={names.get(deletion.cameraId)} />
            ))}
          </ul>
          {data.length === fewShown && shown === fewShown && (
            <Button look="quiet" className="mt-2" onClick={() => setShown(manyShown)}>
              Show more
            </Button>
          )}
        </>
      )}
    </Panel>
  );
}

function DeletionRow({ deletion, name }: { deletion: Deletion; name: string | undefined }) {
  const { startMs, endMs, recordings, reason, detail, deletedMs } = deletion;
  return (
    <li className="grid gap-0.5 px-4 py-3">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <span className="font-medium">{name ?? 'A deleted camera'}</span>
        <span className="text-muted text-[13px] tabular-nums">
          {dateTime(startMs)} – {dateTime(endMs)}
        </span>
        <span className="grow" />
        <time className="text-muted text-[13px] tabular-nums" dateTime={new Date(deletedMs).toISOString()}>
          {dateTime(deletedMs)}
        </time>
      </div>
      <p className="text-muted text-[13px]">
        <span className="text-text">{reasons[reason] ?? reason}.</span> {detail} {whole(recordings)}{' '}
        {recordings === 1 ? 'recording' : 'recordings'}, {bytes(deletion.bytes)}.
      </p>
    </li>
  );
}
