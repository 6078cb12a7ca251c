/**
 * Control messages of a WebRTC worker, checked: strangers talk to that process, so it is not trusted.
 */
import { z } from 'zod';
import type { FromWorker } from './protocol.ts';

const maxText = 1000;
const maxCandidates = 64;
const connection = z.int().min(0);
const figure = z.number().min(0);
const unknownFigure = figure.nullable();

const local = z.object({
  iceUfrag: z.string().regex(/^[\w+/-]{4,256}$/),
  icePwd: z.string().regex(/^[\w+/-]{22,256}$/),
  fingerprint: z.string().regex(/^[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/),
  setup: z.enum(['active', 'passive']),
  candidates: z.array(z.string().regex(/^[\x20-\x7e]{1,300}$/)).max(maxCandidates),
});

const viewer = z.object({
  connection,
  bytesSent: figure,
  unitsDropped: figure,
  errors: figure,
  lossRatio: unknownFigure,
  roundTripMs: unknownFigure,
  jitterMs: unknownFigure,
  estimatedBps: unknownFigure,
});

const schema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('unavailable'), reason: z.string().max(maxText) }),
  z.object({ type: z.literal('listening'), port: z.int().min(1).max(65_535) }),
  z.object({ type: z.literal('deaf'), reason: z.string().max(maxText) }),
  z.object({ type: z.literal('answer'), connection, local }),
  z.object({ type: z.literal('connected'), connection }),
  z.object({ type: z.literal('gone'), connection, reason: z.string().max(maxText) }),
  z.object({ type: z.literal('figures'), viewers: z.array(viewer) }),
]);

/** Undefined when the message is none of ours. */
export function readFromWorker(message: unknown): FromWorker | undefined {
  const read = schema.safeParse(message);
  return read.success ? read.data : undefined;
}
