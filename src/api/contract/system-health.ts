/**
 * How the server does: `GET /api/v1/system/health`, and the event `system.status` while somebody listens.
 */
import { z } from 'zod';
import { cameraIdSchema } from './cameras.ts';

const share = z.number().meta({ description: '0 to 1' });
const bytes = z.number();
const outputs = z.object({
  hls: z.int(),
  live: z.int(),
  rtsp: z.int(),
  webrtc: z.int(),
  mjpeg: z.int(),
});

const cpu = z.object({
  processCores: z.number().meta({ description: 'Cores that the server keeps busy; 1 is one of them' }),
  machineShare: share,
  coreShares: z.array(share),
  load1: z.number().meta({ description: 'Load of the last minute' }),
});

const memory = z.object({
  rssBytes: bytes.meta({ description: 'Of the server, without its workers' }),
  heapUsedBytes: bytes,
  heapLimitBytes: bytes,
  machineTotalBytes: bytes,
  machineFreeBytes: bytes.meta({ description: 'Could be had without anybody suffering' }),
});

const disk = z.object({
  id: z.string(),
  path: z.string(),
  state: z.enum(['ready', 'full', 'failed', 'missing']),
  fault: z.string().nullable(),
  totalBytes: bytes,
  freeBytes: bytes,
  usedBytes: bytes.meta({ description: 'By recordings' }),
});

const worker = z.object({
  name: z.string(),
  kind: z.enum(['media', 'webrtc', 'database']),
  state: z.enum(['ready', 'idle', 'starting', 'failed', 'unavailable']),
  reason: z.string().nullable(),
  pid: z.int().nullable(),
  restarts: z.int().meta({ description: 'Since the server started' }),
  restartsLastHour: z.int(),
  rssBytes: bytes.nullable().meta({ description: 'Null where the system does not tell' }),
  cores: z.number().nullable().meta({ description: 'That it keeps busy' }),
  answerMs: z.number().nullable().meta({ description: 'Of the database: how long a question took' }),
});
export type WorkerStatus = z.infer<typeof worker>;

const streams = z.object({
  total: z.int(),
  live: z.int(),
  stalled: z.int(),
  offline: z.int().meta({ description: 'Wanted, and cannot be reached or shown' }),
  inBps: z.number(),
  outBps: z.number(),
  viewers: z.int(),
  viewersByOutput: outputs,
  unitsDropped: z.int().meta({ description: 'Kept from viewers that were too slow, since the start' }),
  recording: z.int(),
  failing: z.int().meta({ description: 'Wanted to be recorded, and are not' }),
  backlogBytes: bytes.meta({ description: 'Of recordings, not on the disk yet' }),
});

export const systemStatusSchema = z.object({
  atMs: z.number(),
  cpu,
  memory,
  eventLoop: z.object({
    p50Ms: z.number().meta({ description: 'How late a turn is: half of them less' }),
    p99Ms: z.number(),
    maxMs: z.number(),
    busyShare: share,
  }),
  files: z.object({ open: z.int().nullable(), limit: z.int().nullable(), sockets: z.int() }),
  disks: z.array(disk),
  workers: z.array(worker),
  streams,
  lookMs: z.number().meta({ description: 'What gathering all this took' }),
  findingsRevision: z.int().meta({ description: 'Another number: there are other findings' }),
});
export type SystemStatus = z.infer<typeof systemStatusSchema>;

const findingSchema = z.object({
  id: z.string().meta({ description: 'The same while it is the same trouble' }),
  kind: z.string(),
  level: z.enum(['bad', 'warn', 'note']),
  title: z.string(),
  detail: z.string().meta({ description: 'What is known of it; may be empty' }),
  advice: z.string().meta({ description: 'What to do' }),
  sinceMs: z.number().nullable(),
  cameraId: cameraIdSchema.nullable(),
  link: z.string().nullable().meta({ description: 'Page of the dashboard' }),
});
export type Finding = z.infer<typeof findingSchema>;

/** Columns of one length, the oldest first. Means of the time up to `atMs`. */
const healthHistorySchema = z.object({
  everyMs: z.number(),
  atMs: z.array(z.number()),
  processCores: z.array(z.number()),
  machineShare: z.array(z.number()),
  rssBytes: z.array(z.number()),
  machineUsedBytes: z.array(z.number()),
  eventLoopP99Ms: z.array(z.number()).meta({ description: 'The worst of the time' }),
  inBps: z.array(z.number()),
  outBps: z.array(z.number()),
  live: z.array(z.number()),
  viewers: z.array(z.number()),
});
export type HealthHistory = z.infer<typeof healthHistorySchema>;

export const systemHealthSchema = z.object({
  version: z.string(),
  nodeVersion: z.string(),
  startedMs: z.number(),
  status: systemStatusSchema,
  findings: z.array(findingSchema).meta({ description: 'The worst first' }),
  backlog: z
    .array(z.object({ cameraId: cameraIdSchema, pendingBytes: bytes }))
    .meta({ description: 'Of recordings that wait for the disk' }),
  history: z
    .object({ hour: healthHistorySchema, day: healthHistorySchema })
    .nullable()
    .meta({ description: 'Null unless asked for' }),
});
export type SystemHealth = z.infer<typeof systemHealthSchema>;
