/**
 * Where tiles stand. In: tiles on a grid of 12 by 12 fields, and what somebody does with them. Out: tiles that lie inside
 * and apart, always: what cannot be is not done. Pure.
 */
import type { ViewTile } from '../../../../src/api/contract/views.ts';

export type Area = Pick<ViewTile, 'x' | 'y' | 'w' | 'h'>;
export type Direction = 'left' | 'right' | 'up' | 'down';

export const fields = 12;
export const maxTiles = 16;
const leastFields = 2;

export interface Preset {
  readonly name: string;
  readonly areas: readonly Area[];
}

/** So many columns and rows. */
function grid(columns: number, rows: number): Area[] {
  const [w, h] = [fields / columns, fields / rows];
  return Array.from({ length: columns * rows }, (_, at) => ({
    x: (at % columns) * w,
    y: Math.floor(at / columns) * h,
    w,
    h,
  }));
}

/** One large picture, five around it. */
const oneAndFive: readonly Area[] = [
  { x: 0, y: 0, w: 8, h: 8 },
  ...grid(3, 3).filter(({ x, y }) => x === 8 || y === 8),
];

/** By the number of their places. */
export const presets: readonly Preset[] = [
  { name: '1', areas: grid(1, 1) },
  { name: '4', areas: grid(2, 2) },
  { name: '6', areas: oneAndFive },
  { name: '9', areas: grid(3, 3) },
  { name: '12', areas: grid(4, 3) },
  { name: '16', areas: grid(4, 4) },
];

/** The smallest one with room for so many. */
export function presetFor(count: number): Preset | undefined {
  return presets.find(({ areas }) => areas.length >= count);
}

/** The next one with room for all, round and round. */
export function nextPreset(tiles: readonly Area[]): Preset | undefined {
  const fitting = presets.filter(({ areas }) => areas.length >= tiles.length);
  const now = fitting.findIndex((one) => isArranged(tiles, one));
  return fitting[(now + 1) % Math.max(1, fitting.length)];
}

export function isArranged(tiles: readonly Area[], { areas }: Preset): boolean {
  return tiles.every((tile) => areas.some((area) => sameArea(area, tile)));
}

/** In reading order; those that find no place are left out. */
export function arranged(tiles: readonly ViewTile[], { areas }: Preset): ViewTile[] {
  return inOrder(tiles).flatMap((tile, at) => {
    const area = areas[at];
    return area ? [{ ...tile, ...area }] : [];
  });
}

/** Row by row. */
export function inOrder<T extends Area>(tiles: readonly T[]): T[] {
  return tiles.toSorted((a, b) => a.y - b.y || a.x - b.x);
}

export function newTile(cameraId: string, area: Area): ViewTile {
  return { cameraId, ...area, source: 'auto', fit: 'contain' };
}

/** In a free place; where there is none, all are arranged anew. The same tiles when there are too many. */
export function withCamera(tiles: readonly ViewTile[], cameraId: string): readonly ViewTile[] {
  if (tiles.length >= maxTiles) return tiles;
  const area = freeArea(tiles);
  if (area) return [...tiles, newTile(cameraId, area)];
  const preset = presetFor(tiles.length + 1);
  const place = preset?.areas[tiles.length];
  return preset && place ? [...arranged(tiles, preset), newTile(cameraId, place)] : tiles;
}

/** As large as the usual tile, at first; smaller ones at last. */
function freeArea(tiles: readonly Area[]): Area | undefined {
  const usual = Math.max(leastFields, Math.min(6, ...tiles.map(({ w, h }) => Math.min(w, h))));
  for (let size = usual; size >= leastFields; size--) {
    for (let y = 0; y + size <= fields; y++) {
      for (let x = 0; x + size <= fields; x++) {
        const area = { x, y, w: size, h: size };
        if (!tiles.some((tile) => overlap(tile, area))) return area;
      }
    }
  }
  return undefined;
}

/**
 * To another place. On another tile: the two change places. Onto parts of others: stays.
 * @param to where its upper left corner shall be, fields
 * @param on where it was let go, fields: the tile that is meant
 */
export function moved(
  tiles: readonly ViewTile[],
  index: number,
  to: { readonly x: number; readonly y: number },
  on: { readonly x: number; readonly y: number },
): readonly ViewTile[] {
  const tile = tiles[index];
  if (!tile) return tiles;
  const area = { ...tile, x: clamp(to.x, fields - tile.w), y: clamp(to.y, fields - tile.h) };
  const others = tiles.filter((other) => other !== tile && overlap(other, area));
  if (others.length === 0) return replaced(tiles, index, area);
  const under = tiles.findIndex((other) => other !== tile && contains(other, on));
  return under === -1 ? tiles : swapped(tiles, index, under);
}

/** Two tiles change places and sizes. */
function swapped(tiles: readonly ViewTile[], a: number, b: number): readonly ViewTile[] {
  const [first, second] = [tiles[a], tiles[b]];
  if (!first || !second) return tiles;
  return tiles.map((tile, at) => {
    if (at === a) return { ...tile, ...areaOf(second) };
    return at === b ? { ...tile, ...areaOf(first) } : tile;
  });
}

/** Neighbours give way, down to the least size; where they cannot, nothing changes. */
export function resized(
  tiles: readonly ViewTile[],
  index: number,
  size: { readonly w: number; readonly h: number },
): readonly ViewTile[] {
  const tile = tiles[index];
  if (!tile) return tiles;
  const w = Math.min(fields - tile.x, Math.max(leastFields, size.w));
  const h = Math.min(fields - tile.y, Math.max(leastFields, size.h));
  const grown = { ...tile, w, h };
  const next = tiles.map((other, at) => (at === index ? grown : trimmed(other, grown)));
  return next.every((one) => one !== undefined) ? next : tiles;
}

/** What is left of a tile beside another: cut where it loses least. */
function trimmed(tile: ViewTile, by: Area): ViewTile | undefined {
  if (!overlap(tile, by)) return tile;
  const right = by.x + by.w;
  const bottom = by.y + by.h;
  const cuts = [
    { ...tile, x: right, w: tile.x + tile.w - right },
    { ...tile, y: bottom, h: tile.y + tile.h - bottom },
    { ...tile, w: by.x - tile.x },
    { ...tile, h: by.y - tile.y },
  ];
  const possible = cuts.filter(({ w, h }) => w >= leastFields && h >= leastFields);
  return possible.sort((a, b) => b.w * b.h - a.w * a.h)[0];
}

/** One field on; where another tile stands, the two change places. */
export function nudged(tiles: readonly ViewTile[], index: number, direction: Direction): readonly ViewTile[] {
  const tile = tiles[index];
  if (!tile) return tiles;
  const [dx, dy] = steps[direction];
  const area = { ...tile, x: tile.x + dx, y: tile.y + dy };
  if (isInside(area) && !tiles.some((other) => other !== tile && overlap(other, area))) {
    return replaced(tiles, index, area);
  }
  const other = neighbour(tiles, index, direction);
  return other === undefined ? tiles : swapped(tiles, index, other);
}

/** The closest tile that lies beyond an edge, by its middle. */
export function neighbour(tiles: readonly Area[], index: number, direction: Direction): number | undefined {
  const from = tiles[index];
  if (!from) return undefined;
  const [dx, dy] = steps[direction];
  let found: number | undefined;
  let best = Infinity;
  for (const [at, tile] of tiles.entries()) {
    const [x, y] = [middle(tile).x - middle(from).x, middle(tile).y - middle(from).y];
    const along = x * dx + y * dy;
    if (at === index || !isBeyond(tile, from, direction)) continue;
    // Straight ahead is closer than beside.
    const away = along + 2 * Math.abs(x * dy + y * dx);
    if (away < best) [found, best] = [at, away];
  }
  return found;
}

function isBeyond(tile: Area, from: Area, direction: Direction): boolean {
  if (direction === 'left') return tile.x + tile.w <= from.x;
  if (direction === 'right') return tile.x >= from.x + from.w;
  return direction === 'up' ? tile.y + tile.h <= from.y : tile.y >= from.y + from.h;
}

export function overlap(a: Area, b: Area): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

export function isInside({ x, y, w, h }: Area): boolean {
  return x >= 0 && y >= 0 && x + w <= fields && y + h <= fields;
}

const steps: Readonly<Record<Direction, readonly [dx: number, dy: number]>> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};

const middle = ({ x, y, w, h }: Area) => ({ x: x + w / 2, y: y + h / 2 });
const areaOf = ({ x, y, w, h }: Area): Area => ({ x, y, w, h });
const sameArea = (a: Area, b: Area) => a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
const contains = ({ x, y, w, h }: Area, at: { readonly x: number; readonly y: number }) =>
  at.x >= x && at.x < x + w && at.y >= y && at.y < y + h;
const clamp = (value: number, high: number) => Math.min(Math.max(value, 0), high);

function replaced(tiles: readonly ViewTile[], index: number, tile: ViewTile): readonly ViewTile[] {
  return tiles.map((one, at) => (at === index ? tile : one));
}
