/** Footage that no rule deletes, and until when. */
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { faultText } from '../../api/http.ts';
import { useEndHold, useHolds } from '../../api/storage.ts';
import { dateTime } from '../../format.ts';
import { useMay } from '../../api/session.ts';
import { Button } from '../button.tsx';
import { useMayDo } from '../session/use-may-do.ts';
import { Empty, Panel } from './panel.tsx';

export function Holds({ cameras }: { cameras: readonly Camera[] }) {
  const { data, error } = useHolds();
  const end = useEndHold();
  const names = new Map(cameras.map(({ id, name }) => [id, name]));
  return (
    <Panel title="Held as evidence" words="No rule deletes it until the hold ends.">
      {error && <Empty>{faultText(error)}</Empty>}
      {end.isError && <p className="text-bad mb-2">{faultText(end.error)}</p>}
      {data?.length === 0 && <Empty>Nothing is held.</Empty>}
      {data && data.length > 0 && (
        <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
          {data.map((hold) => (
            <li key={hold.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
              <div className="min-w-0 grow">
                <div className="font-medium">{hold.reason}</div>
                <p className="text-muted text-[13px] tabular-nums">
                  {hold.cameraId === null ? 'All cameras' : (names.get(hold.cameraId) ?? 'A deleted camera')}{' '}
                  · {dateTime(hold.startMs)} – {dateTime(hold.endMs)} ·{' '}
                  {hold.untilMs === null ? 'until it is ended' : `until ${dateTime(hold.untilMs)}`}
                </p>
              </div>
              <EndButton
                cameraId={hold.cameraId}
                busy={end.isPending && end.variables === hold.id}
                onEnd={() => end.mutate(hold.id)}
              />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface EndProps {
  /** Null: it holds footage of every camera, which is the server's. */
  cameraId: string | null;
  busy: boolean;
  onEnd: () => void;
}

function EndButton({ cameraId, busy, onEnd }: EndProps) {
  const rules = useMay('system:write');
  const may = useMayDo(cameraId ?? '');
  if (cameraId === null ? !rules : !may.hold) return null;
  return (
    <Button look="danger" busy={busy} onClick={onEnd}>
      End
    </Button>
  );
}
