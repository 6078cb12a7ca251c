/**
 * Remote clients and their clips as the API shows them.
 */
import { z } from 'zod';
import { isOneLine, notOneLine } from './text.ts';

/** `POST /api/v1/clients` */
export const clientCreateSchema = z.strictObject({
  name: z.string().trim().min(1).max(100).refine(isOneLine, notOneLine),
});

export const clientSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdMs: z.number(),
  seenMs: z.number().nullable().meta({ description: 'When it last showed its secret' }),
  url: z.string().meta({ description: 'Where its clips can be watched' }),
});

/** The answer of creating a client and of changing its secret. */
export const clientSecretSchema = clientSchema.extend({
  secret: z.string().meta({
    description:
      'Shown this once. Uploads send `Authorization: Bearer <secret>`, or Basic with the id as user',
  }),
});

export const clipSchema = z.object({
  id: z.string(),
  clientId: z.string(),
  startMs: z.number().meta({ description: 'When its first picture was taken, as the client said' }),
  endMs: z.number(),
  bytes: z.number().meta({ description: 'As uploaded' }),
  container: z.enum(['mp4', 'ts', 'mkv']),
  contentHash: z.string().meta({ description: 'SHA-256 of the file, hex' }),
  state: z.enum(['ready', 'broken']).meta({ description: 'broken: it cannot be shown, and is left out' }),
  fault: z.string().nullable(),
  receivedMs: z.number(),
  url: z.string().meta({ description: 'As it is shown: MPEG-TS' }),
});
export type Clip = z.infer<typeof clipSchema>;

/** `GET /api/v1/clips/status` */
export const clipStatusSchema = z.object({
  clips: z.int(),
  bytes: z.number(),
  wishedCodec: z.string(),
  usedCodec: z.string().nullable().meta({ description: 'Null until a clip was shown' }),
  warning: z.string().nullable().meta({ description: 'For example: the wished codec is not there' }),
  cache: z.object({
    enabled: z.boolean(),
    bytes: z.number(),
    maxBytes: z.number(),
    segments: z.int(),
    evicted: z.int().meta({ description: 'Segments that had to go for others, since the start' }),
  }),
  jobs: z.object({ running: z.int(), waiting: z.int() }),
});
export type ClipStatus = z.infer<typeof clipStatusSchema>;
