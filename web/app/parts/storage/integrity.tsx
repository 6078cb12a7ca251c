/** Whether what is stored is still what was stored. */
import { Link } from '@tanstack/react-router';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { Storage } from '../../../../src/api/contract/recording.ts';
import { dateTime, whole } from '../../format.ts';
import { Shape } from '../state-chip.tsx';
import { Panel } from './panel.tsx';

export function Integrity({
  integrity,
  cameras,
}: {
  integrity: Storage['integrity'];
  cameras: readonly Camera[];
}) {
  const { checkedRecordings, uncheckedRecordings, lastPassMs, damaged } = integrity;
  const names = new Map(cameras.map(({ id, name }) => [id, name]));
  const pass = lastPassMs === null ? 'not all of them yet' : `all of them by ${dateTime(lastPassMs)}`;
  return (
    <Panel
      title="Integrity"
      words="Every recording is read again in the background and compared with what was written."
    >
      <div className="border-line bg-surface grid gap-2 rounded-xl border p-4">
        <p className="flex items-center gap-2.5 font-medium">
          <Shape tone={damaged.length > 0 ? 'bad' : 'good'} />
          {damaged.length === 0
            ? 'Nothing is known to be damaged'
            : `${whole(damaged.length)} damaged ${damaged.length === 1 ? 'recording' : 'recordings'}`}
        </p>
        <p className="text-muted text-[13px]">
          {whole(checkedRecordings)} recordings checked ({pass}), {whole(uncheckedRecordings)} wait for their
          first check.
        </p>
        <ul className="grid gap-2">
          {damaged.map(({ recordingId, cameraId, startMs, damage }) => (
            <li key={recordingId} className="text-[13px]">
              <Link
                to="/cameras/$cameraId"
                params={{ cameraId }}
                search={{ at: new Date(startMs).toISOString() }}
                className="font-medium underline"
              >
                {names.get(cameraId) ?? 'A deleted camera'}, {dateTime(startMs)}
              </Link>{' '}
              <span className="text-bad">{damage}</span>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}
