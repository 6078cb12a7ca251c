/**
 * Tiles in their places. In: where they stand, which one is enlarged. Out: boxes of the right size, each told how wide it
 * is drawn; what is behind an enlarged tile is not laid out, so its player rests.
 */
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { ViewTile } from '../../../../src/api/contract/views.ts';
import { fields, inOrder } from './layout.ts';
import './mosaic.css';

export interface Drawn {
  readonly tile: ViewTile;
  readonly index: number;
  readonly big: boolean;
  /** In pixels of the screen. */
  readonly widthPixels: number;
}

interface MosaicProps {
  name: string;
  tiles: readonly ViewTile[];
  big: number | undefined;
  /** On a phone: one below the other, in so many columns; undefined: as arranged. */
  columns: 1 | 2 | undefined;
  children: (drawn: Drawn) => ReactNode;
}

/** Between tiles, CSS pixels. */
const gapPixels = 3;

export function Mosaic({ name, tiles, big, columns, children }: MosaicProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const widthOf = ({ w }: ViewTile, isBig: boolean) => {
    const share = isBig ? 1 : columns === undefined ? w / fields : 1 / columns;
    return width * share * devicePixelRatio;
  };
  const stacked = columns !== undefined;
  const order = stacked ? inOrder(tiles) : tiles;
  return (
    <div
      ref={box}
      role="group"
      aria-label={name}
      className={`mosaic relative ${stacked ? `grid gap-[3px] ${columns === 2 && big === undefined ? 'grid-cols-2' : ''}` : 'size-full'}`}
    >
      {order.map((tile) => {
        const index = tiles.indexOf(tile);
        const isBig = big === index;
        const drawn = { tile, index, big: isBig, widthPixels: widthOf(tile, isBig) };
        return (
          <div
            key={`${index} ${tile.cameraId}`}
            data-narrow={drawn.widthPixels < 230 * devicePixelRatio ? '' : undefined}
            hidden={big !== undefined && !isBig}
            className={stacked ? 'relative aspect-video' : 'absolute'}
            style={stacked ? undefined : place(isBig ? whole : tile)}
          >
            {children(drawn)}
          </div>
        );
      })}
    </div>
  );
}

const whole = { x: 0, y: 0, w: fields, h: fields };

/** Of the view, so many fields. */
export function percent(value: number): string {
  return `${(value / fields) * 100}%`;
}

function place({ x, y, w, h }: Pick<ViewTile, 'x' | 'y' | 'w' | 'h'>) {
  return {
    left: percent(x),
    top: percent(y),
    width: percent(w),
    height: percent(h),
    padding: gapPixels / 2,
  };
}

function useWidth(box: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(() => innerWidth);
  useEffect(() => {
    const { current } = box;
    if (!current) return undefined;
    const sizes = new ResizeObserver(() => setWidth(current.clientWidth));
    sizes.observe(current);
    return () => sizes.disconnect();
  }, [box]);
  return width;
}
