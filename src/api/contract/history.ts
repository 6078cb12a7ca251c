/**
 * What happened to cameras, newest first: `GET /api/v1/history`.
 */
import { z } from 'zod';
import { cameraIdSchema } from './cameras.ts';
import { gapCauseSchema } from './recording.ts';

export const historyKindSchema = z.enum(['event', 'gap', 'clip', 'hold', 'damaged', 'deletion']);
export type HistoryKind = z.infer<typeof historyKindSchema>;

const base = {
  id: z.string(),
  atMs: z.number().meta({
    description: 'What the list is ordered by: when it began; of holds and deletions, when it was done',
  }),
  startMs: z.number().meta({ description: 'Of the footage that it is about' }),
  endMs: z.number().nullable().meta({ description: 'Null while it lasts' }),
};

const historyItemSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('event'),
    ...base,
    cameraId: cameraIdSchema,
    event: z.string().meta({ description: '`manual`, `trigger` and others' }),
    label: z.string(),
  }),
  z.object({
    kind: z.literal('gap'),
    ...base,
    cameraId: cameraIdSchema,
    cause: gapCauseSchema,
    detail: z.string().meta({ description: 'Plain words; may be empty' }),
  }),
  z.object({
    kind: z.literal('clip'),
    ...base,
    clientId: z.string(),
    fault: z.string().nullable().meta({ description: 'Why it cannot be shown' }),
  }),
  z.object({
    kind: z.literal('hold'),
    ...base,
    cameraId: cameraIdSchema.nullable().meta({ description: 'Null: all cameras' }),
    reason: z.string(),
  }),
  z.object({ kind: z.literal('damaged'), ...base, cameraId: cameraIdSchema, damage: z.string() }),
  z.object({
    kind: z.literal('deletion'),
    ...base,
    cameraId: cameraIdSchema,
    reason: z.string(),
    detail: z.string(),
    recordings: z.int(),
    bytes: z.number(),
  }),
]);
export type HistoryItem = z.infer<typeof historyItemSchema>;

export const historyPageSchema = z.object({
  items: z.array(historyItemSchema),
  next: z
    .string()
    .nullable()
    .meta({ description: 'Ask again with this as `before`; null: there is no more' }),
});
export type HistoryPage = z.infer<typeof historyPageSchema>;
