/**
 * The head of a recording, and the tracks in it, as JSON text: bytes stand as `{"base64":"…"}`.
 * Text from a file may be anything: what does not fit gives undefined.
 */
import { z } from 'zod';
import { isCameraId } from '../base/ids.ts';
import { hertz, unixMs } from '../base/units.ts';
import { version } from '../base/version.ts';
import type { Track } from '../media/track.ts';
import type { RecordingHead, RecordingId, Trigger } from './types.ts';

const recordingIdPattern = /^rec_[0-9a-hjkmnp-tv-z]{16}$/;

export function headJson(id: RecordingId, head: RecordingHead): string {
  const { cameraId, startMs, mediaOffsetMs, trigger, continues, tracks } = head;
  return JSON.stringify(
    writable({
      format: 1,
      software: `sightline ${version}`,
      recordingId: id,
      cameraId,
      startMs,
      mediaOffsetMs,
      trigger,
      continues,
      tracks,
    }),
  );
}

export function readHeadJson(text: string): { id: RecordingId; head: RecordingHead } | undefined {
  const parsed = headSchema.safeParse(readable(text));
  if (!parsed.success || !isCameraId(parsed.data.cameraId)) return undefined;
  const { recordingId, cameraId, startMs, tracks, ...others } = parsed.data;
  return {
    id: recordingId,
    head: {
      cameraId,
      startMs: unixMs(startMs),
      mediaOffsetMs: others.mediaOffsetMs,
      trigger: others.trigger,
      continues: others.continues,
      tracks: tracks.map(asTrack),
    },
  };
}

export function tracksJson(tracks: readonly Track[]): string {
  return JSON.stringify(writable(tracks));
}

export function readTracksJson(text: string): readonly Track[] | undefined {
  const parsed = tracksSchema.safeParse(readable(text));
  return parsed.success ? parsed.data.map(asTrack) : undefined;
}

const bytes = z
  .strictObject({ base64: z.base64().max(100_000) })
  .transform(({ base64 }) => new Uint8Array(Buffer.from(base64, 'base64')));
const count = z.int().min(0).max(0xffffffff);
const codecString = z.string().max(100);
const video = {
  widthPixels: count,
  heightPixels: count,
  framesPerSecond: z.number().optional(),
  codecString,
  reorderFrames: count,
};
const codecSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('h264'), sps: bytes, pps: z.array(bytes).max(256), ...video }),
  z.object({ kind: z.literal('h265'), vps: bytes, sps: bytes, pps: z.array(bytes).max(256), ...video }),
  z.object({
    kind: z.literal('aac'),
    audioSpecificConfig: bytes,
    sampleRateHz: count,
    channels: count,
    codecString,
  }),
  z.object({ kind: z.literal('opus'), channels: count, codecString: z.literal('opus') }),
]);
const tracksSchema = z
  .array(
    z.object({ id: z.int().min(0).max(254), clockHz: z.int().min(1).max(0xffffffff), codec: codecSchema }),
  )
  .min(1)
  .max(16);
const triggers: readonly Trigger[] = ['continuous', 'schedule', 'event', 'manual'];
const headSchema = z.object({
  format: z.literal(1),
  recordingId: z.string().regex(recordingIdPattern),
  cameraId: z.string(),
  startMs: z.int(),
  mediaOffsetMs: z.number(),
  trigger: z.enum(triggers),
  continues: z.boolean(),
  tracks: tracksSchema,
});

function asTrack(track: z.infer<typeof tracksSchema>[number]): Track {
  const { codec } = track;
  const clockHz = hertz(track.clockHz);
  if (codec.kind === 'h264' || codec.kind === 'h265') {
    return { id: track.id, clockHz, codec: { ...codec, framesPerSecond: codec.framesPerSecond } };
  }
  return { id: track.id, clockHz, codec };
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only what JSON knows; bytes first, because a Buffer has a JSON form of its own. */
function writable(value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(writable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, writable(inner)]));
}
