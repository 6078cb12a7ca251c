/**
 * Arranging a view: tiles are dragged by pointer or finger, resized at their corner, and both by keys. In: tiles. Out:
 * tiles; where the dragged one would land is shown before it is let go.
 */
import { useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { ViewTile } from '../../../../src/api/contract/views.ts';
import { IconButton } from '../button.tsx';
import { fields, moved, nudged, resized } from './layout.ts';
import type { Direction } from './layout.ts';
import { percent } from './mosaic.tsx';
import { basePath } from '../../api/base.ts';

interface ArrangeProps {
  tiles: readonly ViewTile[];
  cameras: ReadonlyMap<string, Camera>;
  onTiles: (tiles: readonly ViewTile[]) => void;
}

/** What a pointer holds. */
interface Held {
  readonly index: number;
  readonly kind: 'move' | 'size';
  readonly pointer: number;
  /** Where it was taken, fields, unrounded. */
  readonly from: { readonly x: number; readonly y: number };
  readonly now: { readonly x: number; readonly y: number };
}

const directions: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

export function Arrange({ tiles, cameras, onTiles }: ArrangeProps) {
  const box = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<Held>();
  const fieldAt = (event: PointerEvent) => {
    const { left, top, width, height } = box.current?.getBoundingClientRect() ?? new DOMRect();
    const perPixel = { x: fields / Math.max(1, width), y: fields / Math.max(1, height) };
    return { x: (event.clientX - left) * perPixel.x, y: (event.clientY - top) * perPixel.y };
  };
  const take = (event: PointerEvent, index: number, kind: Held['kind']) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    const at = fieldAt(event);
    event.currentTarget.setPointerCapture(event.pointerId);
    setHeld({ index, kind, pointer: event.pointerId, from: at, now: at });
  };
  const preview = held ? afterDrag(tiles, held) : tiles;
  const drag = (event: PointerEvent) => {
    if (held?.pointer === event.pointerId) setHeld({ ...held, now: fieldAt(event) });
  };
  const drop = () => {
    if (held && preview !== tiles) onTiles(preview);
    setHeld(undefined);
  };
  return (
    <div
      ref={box}
      role="group"
      aria-label="Arrange the tiles"
      onPointerMove={drag}
      onPointerUp={drop}
      onPointerCancel={() => setHeld(undefined)}
      className="bg-canvas absolute inset-0 touch-none bg-[linear-gradient(var(--line)_1px,transparent_1px),linear-gradient(90deg,var(--line)_1px,transparent_1px)] bg-[size:calc(100%/12)_calc(100%/12)]"
    >
      {preview.map((tile, index) => (
        <Handle
          key={`${index} ${tile.cameraId}`}
          tile={tile}
          index={index}
          name={cameras.get(tile.cameraId)?.name ?? 'A camera that is gone'}
          held={held?.index === index}
          onTake={(event, kind) => take(event, index, kind)}
          onKey={(event) => {
            const next = byKey(event, tiles, index);
            if (!next) return;
            event.preventDefault();
            event.stopPropagation();
            if (next !== tiles) onTiles(next);
          }}
          onRemove={() => onTiles(tiles.filter((_, at) => at !== index))}
          onFit={() => onTiles(refitted(tiles, index))}
        />
      ))}
    </div>
  );
}

function refitted(tiles: readonly ViewTile[], index: number): readonly ViewTile[] {
  return tiles.map((tile, at) =>
    at === index ? { ...tile, fit: tile.fit === 'cover' ? 'contain' : 'cover' } : tile,
  );
}

function afterDrag(tiles: readonly ViewTile[], { index, kind, from, now }: Held): readonly ViewTile[] {
  const tile = tiles[index];
  if (!tile) return tiles;
  const [dx, dy] = [Math.round(now.x - from.x), Math.round(now.y - from.y)];
  if (kind === 'size') return resized(tiles, index, { w: tile.w + dx, h: tile.h + dy });
  return moved(tiles, index, { x: tile.x + dx, y: tile.y + dy }, now);
}

/** Arrows move, with Shift they resize, Delete removes; undefined: not ours. */
function byKey(
  event: KeyboardEvent,
  tiles: readonly ViewTile[],
  index: number,
): readonly ViewTile[] | undefined {
  const tile = tiles[index];
  if (event.key === 'Delete' || event.key === 'Backspace') return tiles.filter((_, at) => at !== index);
  const direction = directions[event.key];
  if (!direction || !tile || event.ctrlKey || event.altKey || event.metaKey) return undefined;
  if (!event.shiftKey) return nudged(tiles, index, direction);
  const wider = { left: -1, right: 1, up: 0, down: 0 }[direction];
  const higher = { left: 0, right: 0, up: -1, down: 1 }[direction];
  return resized(tiles, index, { w: tile.w + wider, h: tile.h + higher });
}

interface HandleProps {
  tile: ViewTile;
  index: number;
  name: string;
  held: boolean;
  onTake: (event: PointerEvent, kind: Held['kind']) => void;
  onKey: (event: KeyboardEvent) => void;
  onRemove: () => void;
  onFit: () => void;
}

function Handle({ tile, index, name, held, onTake, onKey, onRemove, onFit }: HandleProps) {
  return (
    <div
      className="@container absolute p-[2px]"
      style={{
        left: percent(tile.x),
        top: percent(tile.y),
        width: percent(tile.w),
        height: percent(tile.h),
        zIndex: held ? 5 : 1,
      }}
    >
      <div
        tabIndex={0}
        role="group"
        aria-roledescription="tile"
        aria-label={`${name}: place ${tile.x + 1}, ${tile.y + 1}, size ${tile.w} by ${tile.h}. Arrows move, Shift and arrows resize, Delete removes`}
        data-arrange={index}
        onPointerDown={(event) => onTake(event, 'move')}
        onKeyDown={onKey}
        className={`bg-surface border-line-strong relative grid size-full cursor-grab place-items-center overflow-hidden rounded-md border focus-visible:outline-offset-[-3px] ${held ? 'border-accent shadow-dialog cursor-grabbing' : ''}`}
      >
        <LastPicture cameraId={tile.cameraId} fit={tile.fit} />
        <span className="relative max-w-full truncate rounded bg-[rgb(8_10_13/0.78)] px-2 py-0.5 text-[13px] font-semibold text-white">
          {name}
        </span>
        <span
          className="absolute top-1 right-1 flex gap-1 @max-[150px]:hidden"
          onPointerDown={(event) => event.stopPropagation()}
        >
          <IconButton
            icon="screen"
            label={tile.fit === 'cover' ? `Show the whole picture of ${name}` : `Fill the tile with ${name}`}
            aria-pressed={tile.fit === 'cover'}
            onClick={onFit}
            className={`${small} ${tile.fit === 'cover' ? '!text-accent' : ''}`}
          />
          <IconButton
            icon="close"
            label={`Remove ${name} from the view`}
            onClick={onRemove}
            className={small}
          />
        </span>
        <span
          aria-hidden="true"
          data-resize={index}
          onPointerDown={(event) => onTake(event, 'size')}
          className="absolute right-0 bottom-0 size-7 cursor-nwse-resize touch-none pointer-coarse:size-[40px]"
        >
          <i className="border-accent absolute right-1.5 bottom-1.5 size-3 border-r-[3px] border-b-[3px]" />
        </span>
      </div>
    </div>
  );
}

const small = '!size-7 !text-white !bg-[rgb(8_10_13/0.7)] pointer-coarse:!size-[36px]';

/** So that one sees what one arranges. Cameras that never sent a picture have none. */
function LastPicture({ cameraId, fit }: Pick<ViewTile, 'cameraId' | 'fit'>) {
  const [missing, setMissing] = useState(false);
  if (missing) return null;
  return (
    <img
      alt=""
      draggable={false}
      src={`${basePath}/api/v1/cameras/${cameraId}/snapshot.jpg?width=320`}
      onError={() => setMissing(true)}
      className={`absolute inset-0 size-full opacity-55 ${fit === 'cover' ? 'object-cover' : 'object-contain'}`}
    />
  );
}
