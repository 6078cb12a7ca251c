/** What each camera has, makes a day, and how far back it will reach. */
import { Link } from '@tanstack/react-router';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { Storage } from '../../../../src/api/contract/recording.ts';
import { bytes, dateTime, duration } from '../../format.ts';
import { Button } from '../button.tsx';
import { useMayDo } from '../session/use-may-do.ts';
import { Empty, Panel } from './panel.tsx';

type Row = Storage['cameras'][number];

const modeWords: Record<Camera['recording']['mode'], string> = {
  off: 'Off',
  continuous: 'Always',
  schedule: 'At times',
  event: 'On triggers',
  manual: 'By hand',
};

interface CameraTableProps {
  rows: readonly Row[];
  cameras: readonly Camera[];
  onEdit: (camera: Camera) => void;
}

export function CameraTable({ rows, cameras, onEdit }: CameraTableProps) {
  const known = new Map(cameras.map((camera) => [camera.id, camera]));
  const missing = cameras.filter(({ id }) => !rows.some((row) => row.cameraId === id)).map(emptyRow);
  const all = [...rows, ...missing];
  return (
    <Panel title="Cameras" words="What each one makes a day, and how far back its footage will reach.">
      {all.length === 0 ? (
        <Empty>There is no camera yet.</Empty>
      ) : (
        <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
          {all.map((row) => (
            <CameraRow key={row.cameraId} row={row} camera={known.get(row.cameraId)} onEdit={onEdit} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function emptyRow({ id }: Camera): Row {
  return {
    cameraId: id,
    bytes: 0,
    oldestMs: null,
    newestMs: null,
    bytesPerDay: 0,
    heldBytes: 0,
    forecastDays: null,
    forecastReason: '',
  };
}

function CameraRow({
  row,
  camera,
  onEdit,
}: {
  row: Row;
  camera: Camera | undefined;
  onEdit: (camera: Camera) => void;
}) {
  const { cameraId, bytesPerDay, heldBytes, forecastDays, forecastReason } = row;
  const may = useMayDo(cameraId);
  const reach = forecastDays === null ? '–' : duration(forecastDays * 86_400_000);
  return (
    <li className="grid grid-cols-3 items-center gap-x-4 gap-y-2 px-4 py-3 sm:grid-cols-[minmax(0,2fr)_repeat(3,minmax(0,1fr))_auto] sm:gap-x-6">
      <div className="min-w-0 max-sm:col-span-2">
        {camera ? (
          <Link
            to="/cameras/$cameraId"
            params={{ cameraId }}
            className="block truncate font-medium hover:underline"
          >
            {camera.name}
          </Link>
        ) : (
          <span className="text-muted block truncate">A deleted camera</span>
        )}
        <span className="text-muted text-[13px]">
          {camera ? `Recorded: ${modeWords[camera.recording.mode].toLowerCase()}` : cameraId}
        </span>
      </div>
      <div className="justify-self-end sm:order-last">
        {camera && may.change && (
          <Button icon="record" onClick={() => onEdit(camera)} aria-label={`Recording of ${camera.name}`}>
            <span className="max-sm:hidden">Recording</span>
          </Button>
        )}
      </div>
      <Figure name="Stored" value={bytes(row.bytes)} />
      <Figure name="A day" value={bytesPerDay > 0 ? bytes(bytesPerDay) : '–'} />
      <Figure name="Will reach back" value={reach} />
      <p className="text-muted col-span-full text-[13px] empty:hidden sm:order-last">
        {[storedSince(row), forecastReason].filter(Boolean).join(' ')}
      </p>
      {heldBytes > 0 && (
        <p className="text-event col-span-full text-[13px] sm:order-last">
          {bytes(heldBytes)} are held as evidence.
        </p>
      )}
    </li>
  );
}

function storedSince({ oldestMs }: Row): string {
  return oldestMs === null ? '' : `Since ${dateTime(oldestMs)}.`;
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="min-w-0">
      <span className="text-muted text-[12px]">{name}</span>
      <div className="font-medium tabular-nums">{value}</div>
    </div>
  );
}
