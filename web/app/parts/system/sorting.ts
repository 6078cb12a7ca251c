/** The order of cameras in the table of the system page. */
import type { Camera, CameraState } from '../../../../src/api/contract/cameras.ts';

interface ColumnLook {
  readonly label: string;
  readonly right: boolean;
  /** What one looks for first: the largest, or the beginning. */
  readonly firstDown: boolean;
}

export const columns = {
  name: { label: 'Camera', right: false, firstDown: false },
  state: { label: 'State', right: false, firstDown: false },
  bitrate: { label: 'Bitrate', right: true, firstDown: true },
  frames: { label: 'Frames', right: true, firstDown: true },
  viewers: { label: 'Viewers', right: true, firstDown: true },
  loss: { label: 'Lost packets', right: true, firstDown: true },
  backlog: { label: 'Waits for disk', right: true, firstDown: true },
} as const satisfies Record<string, ColumnLook>;

export type Column = keyof typeof columns;

export interface Order {
  readonly column: Column;
  readonly down: boolean;
}

/** Trouble first. */
const urgency: readonly CameraState[] = [
  'offline',
  'error',
  'stalled',
  'connecting',
  'live',
  'idle',
  'disabled',
];

/** Equal ones by name, whichever way. */
export function sorted(
  cameras: readonly Camera[],
  pendingBytes: ReadonlyMap<string, number>,
  { column, down }: Order,
): readonly Camera[] {
  const figure: Record<Exclude<Column, 'name'>, (camera: Camera) => number> = {
    state: ({ status }) => urgency.indexOf(status.state),
    bitrate: ({ status }) => status.stats.bitrateBps,
    frames: ({ status }) => status.stats.framesPerSecond,
    viewers: ({ status }) => status.stats.viewers,
    loss: lossOf,
    backlog: ({ id }) => pendingBytes.get(id) ?? 0,
  };
  const way = down ? -1 : 1;
  return cameras.toSorted((a, b) => {
    if (column === 'name') return byName(a, b) * way;
    return (figure[column](a) - figure[column](b)) * way || byName(a, b);
  });
}

const byName = (a: Camera, b: Camera) => a.name.localeCompare(b.name, 'en', { numeric: true });

/** Packets lost on the way from the camera. */
export function lossOf({ status }: Camera): number {
  return status.stats.packetsLost;
}
