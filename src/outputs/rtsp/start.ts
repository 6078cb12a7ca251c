/**
 * What a new reader is given at once: the pictures since the last keyframe.
 *
 * Players show a picture when its time has come, counted from the first one they got. With their own times the kept
 * pictures would put every viewer behind by their length, for good. So by default they follow each other within
 * milliseconds and end at the present: the decoder gets what it needs, and the viewer is live at once.
 */
import type { Chunk } from './chunk.ts';
import type { Lane } from './lane.ts';

/**
 * `live`: the kept pictures, moved together; sound begins now. `keyframe`: with their own times, sound too, for
 * recorders. `next`: nothing before the next keyframe.
 */
export type StartMode = 'live' | 'keyframe' | 'next';
export const startModes: readonly StartMode[] = ['live', 'keyframe', 'next'];

/** Between moved pictures: a step that every clock of video can tell (90 kHz: 90 ticks). */
const stepsPerSecond = 1000;

export interface Start {
  readonly chunks: readonly Chunk[];
  /** What follows them can be decoded; else pictures wait for the next keyframe. */
  readonly isWhole: boolean;
}

/**
 * @param kept oldest first.
 * @param sent by track: the last chunk that the reader has already, after a pause; moved or not.
 */
export function startChunks(
  kept: readonly Chunk[],
  lanes: readonly Lane[],
  mode: StartMode,
  sent: readonly (Chunk | undefined)[],
): Start {
  if (mode === 'next' || kept.length === 0) return { chunks: [], isWhole: false };
  const missing = lanes.map((lane) => afterSent(kept, lane.index, sent[lane.index]));
  if (mode === 'keyframe') {
    const wanted = new Set(missing.flat());
    return { chunks: kept.filter((chunk) => wanted.has(chunk)), isWhole: true };
  }
  const chunks = lanes.flatMap((lane) => {
    const pictures = missing[lane.index]?.filter(({ isVideo }) => isVideo) ?? [];
    return movedTogether(pictures, lane.track.clockHz / stepsPerSecond);
  });
  return { chunks, isWhole: true };
}

function afterSent(kept: readonly Chunk[], lane: number, sent: Chunk | undefined): readonly Chunk[] {
  const own = kept.filter((chunk) => chunk.lane === lane);
  // Decoding times of a track rise; a moved chunk keeps its own.
  return sent ? own.filter(({ decodeTime }) => decodeTime > sent.decodeTime) : own;
}

/**
 * Keeps the order of sending and the order of showing, which differ with B-frames: pictures that others may still have
 * to be shown before stay where they are, and the rest end where the first of those others may begin.
 */
function movedTogether(chunks: readonly Chunk[], stepTicks: number): readonly Chunk[] {
  const end = chunks.at(-1)?.decodeTime ?? 0;
  const times = chunks.map(({ time }) => time).filter((time) => time <= end);
  times.sort((left, right) => left - right);
  const rank = new Map(times.map((time, index) => [time, index]));
  return chunks.map((chunk) => {
    const place = rank.get(chunk.time);
    if (place === undefined) return chunk;
    const stepsBefore = times.length - 1 - place;
    return chunk.movedTo(Math.max(chunk.time, Math.round(end - stepsBefore * stepTicks)));
  });
}
