/** Every camera in one table that is sorted by any column. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { SystemHealth } from '../../../../src/api/contract/system-health.ts';
import { bitrate, bytes, frameRate, whole } from '../../format.ts';
import { Shape, stateTones, stateWord } from '../state-chip.tsx';
import { Empty, Panel } from '../storage/panel.tsx';
import type { Column, Order } from './sorting.ts';
import { columns, lossOf, sorted } from './sorting.ts';

interface CameraTableProps {
  cameras: readonly Camera[];
  backlog: SystemHealth['backlog'];
}

export function CameraTable({ cameras, backlog }: CameraTableProps) {
  const [order, setOrder] = useState<Order>({ column: 'state', down: false });
  const pending = new Map(backlog.map(({ cameraId, pendingBytes }) => [cameraId, pendingBytes]));
  const rows = sorted(cameras, pending, order);
  const turn = (column: Column) => {
    setOrder({ column, down: order.column === column ? !order.down : columns[column].firstDown });
  };
  return (
    <Panel title="Cameras">
      {rows.length === 0 ? (
        <Empty>There is no camera yet.</Empty>
      ) : (
        <div className="border-line bg-surface overflow-x-auto rounded-xl border">
          <table className="w-full min-w-[680px] text-left tabular-nums">
            <thead>
              <tr className="border-line border-b">
                {(Object.keys(columns) as Column[]).map((column) => (
                  <HeadCell key={column} column={column} order={order} onTurn={() => turn(column)} />
                ))}
              </tr>
            </thead>
            <tbody className="divide-line divide-y">
              {rows.map((camera) => (
                <Row key={camera.id} camera={camera} pendingBytes={pending.get(camera.id) ?? 0} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function HeadCell({ column, order, onTurn }: { column: Column; order: Order; onTurn: () => void }) {
  const { label, right } = columns[column];
  const chosen = order.column === column;
  const direction = order.down ? 'descending' : 'ascending';
  return (
    <th scope="col" aria-sort={chosen ? direction : 'none'} className={`p-0 ${right ? 'text-right' : ''}`}>
      <button
        type="button"
        onClick={onTurn}
        className={`hover:text-text min-h-9 px-4 text-[12px] font-medium whitespace-nowrap pointer-coarse:min-h-[44px] ${chosen ? 'text-text' : 'text-muted'}`}
      >
        {label}
        <span aria-hidden="true" className="inline-block w-3 text-center">
          {chosen ? (order.down ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}

function Row({ camera, pendingBytes }: { camera: Camera; pendingBytes: number }) {
  const { id, name, status, recordingState } = camera;
  const { stats, state } = status;
  const live = state === 'live';
  const figures = [
    live ? bitrate(stats.bitrateBps) : '–',
    live ? frameRate(stats.framesPerSecond) : '–',
    String(stats.viewers),
    lossOf(camera) > 0 ? whole(lossOf(camera)) : '–',
    recordingState === 'off' ? 'not recorded' : pendingBytes > 0 ? bytes(pendingBytes) : 'none',
  ];
  return (
    <tr>
      <td className="max-w-56 px-4 py-2.5">
        <Link
          to="/cameras/$cameraId"
          params={{ cameraId: id }}
          className="block truncate font-medium hover:underline"
        >
          {name}
        </Link>
      </td>
      <td className="px-4 py-2.5 whitespace-nowrap">
        <span className="flex items-center gap-2">
          <Shape tone={stateTones[state]} />
          {stateWord(state)}
        </span>
      </td>
      {figures.map((figure, i) => (
        // oxlint-disable-next-line react/no-array-index-key -- a cell is its place
        <td key={i} className="text-muted px-4 py-2.5 pr-7 text-right whitespace-nowrap">
          {figure}
        </td>
      ))}
    </tr>
  );
}
