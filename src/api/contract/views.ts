/**
 * Saved views as the API shows them: which cameras stand where. A grid of 12 by 12 fields fills a screen, whatever its
 * shape, so that a tile as wide as it is high has the shape of the screen.
 */
import { z } from 'zod';
import { cameraIdSchema } from './cameras.ts';
import { isOneLine, notOneLine } from './text.ts';

/** Fields in a row, and in a column: halves, thirds, quarters and sixths of a screen. */
const viewFields = 12;
/** More pictures nobody watches, and no common machine decodes. */
const maxTiles = 16;
/** Smaller ones show nothing. */
const leastTileFields = 2;

const place = z
  .int()
  .min(0)
  .max(viewFields - leastTileFields);
const extent = z.int().min(leastTileFields).max(viewFields);

export const viewTileSchema = z.strictObject({
  cameraId: cameraIdSchema,
  x: place.meta({ description: 'Fields from the left' }),
  y: place.meta({ description: 'Fields from the top' }),
  w: extent.meta({ description: 'Width in fields' }),
  h: extent.meta({ description: 'Height in fields' }),
  source: z
    .enum(['auto', 'main', 'sub'])
    .default('auto')
    .meta({ description: 'auto: the second source where the tile is small' }),
  fit: z
    .enum(['contain', 'cover'])
    .default('contain')
    .meta({ description: 'contain: the whole picture. cover: fills the tile, edges are cut' }),
});
export type ViewTile = z.infer<typeof viewTileSchema>;

const nameSchema = z.string().trim().min(1).max(60).refine(isOneLine, notOneLine);
const tilesSchema = z
  .array(viewTileSchema)
  .min(1)
  .max(maxTiles)
  .refine((tiles) => tiles.every(isInside), { error: 'a tile reaches beyond the 12 fields of the view' })
  .refine((tiles) => !tiles.some((tile, at) => tiles.slice(at + 1).some((other) => overlap(tile, other))), {
    error: 'tiles lie on one another',
  });

export const viewCreateSchema = z.strictObject({
  name: nameSchema,
  shared: z
    .boolean()
    .default(false)
    .meta({ description: 'Everybody sees it, with the cameras they may see' }),
  tiles: tilesSchema,
});
export type ViewCreate = z.infer<typeof viewCreateSchema>;

export const viewChangeSchema = z
  .strictObject({ name: nameSchema, shared: z.boolean(), tiles: tilesSchema })
  .partial();
export type ViewChange = z.infer<typeof viewChangeSchema>;

export const savedViewSchema = z.object({
  id: z.string().meta({ example: 'viw_0123456789abcdef' }),
  name: z.string(),
  shared: z.boolean(),
  tiles: z.array(viewTileSchema).meta({ description: 'Only cameras that whoever asks may see' }),
  own: z.boolean().meta({ description: 'Made by whoever asks' }),
  owner: z.string().nullable().meta({ description: 'Name of the account; null where there is none' }),
  mayChange: z.boolean(),
  createdMs: z.number(),
  changedMs: z.number(),
});
export type SavedView = z.infer<typeof savedViewSchema>;

/** What a tile covers. */
type Area = Pick<ViewTile, 'x' | 'y' | 'w' | 'h'>;

function isInside({ x, y, w, h }: Area): boolean {
  return x >= 0 && y >= 0 && x + w <= viewFields && y + h <= viewFields;
}

function overlap(a: Area, b: Area): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
