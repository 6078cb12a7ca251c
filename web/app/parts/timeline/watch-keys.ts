/** Keys of the timeline. Space, F, M and Esc belong to the whole page: camera-page.tsx. */
import { useKeys } from '../keys.ts';
import type { Watch } from './use-watch.ts';

/** @param marks whether a stretch may be marked, for an export */
export function useWatchKeys(watch: Watch, marks: boolean, onJump: () => void): void {
  const second = 1000;
  const isRecorded = watch.look.state.kind !== 'live';
  useKeys({
    ArrowLeft: () => watch.moveBy(-10 * second),
    ArrowRight: () => watch.moveBy(10 * second),
    'Shift+ArrowLeft': () => watch.moveBy(-60 * second),
    'Shift+ArrowRight': () => watch.moveBy(60 * second),
    'Ctrl+ArrowLeft': () => watch.toNeighbour(-1),
    'Ctrl+ArrowRight': () => watch.toNeighbour(1),
    // While live they scroll the page.
    ...(isRecorded && {
      ArrowUp: () => watch.moveBy(second),
      ArrowDown: () => watch.moveBy(-second),
    }),
    ',': () => watch.frame(-1),
    '.': () => watch.frame(1),
    '-': () => watch.speedBy(-1),
    '+': () => watch.speedBy(1),
    ...(marks && { '[': () => watch.mark('start'), ']': () => watch.mark('end') }),
    z: () => watch.zoomBy(0.5),
    x: () => watch.zoomBy(2),
    j: onJump,
    l: watch.live,
  });
}
