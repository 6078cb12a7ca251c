/**
 * The keyframes of planned segments: every fragment that begins with one. From the index alone.
 */
import { unixMs } from '../base/units.ts';
import type { FragmentEntry, RecordingId } from '../archive/types.ts';
import type { KeyframeListing } from './playlist.ts';
import type { PlannedSegment } from './segment-plan.ts';
import type { FootageParts } from './session.ts';

/** A day of keyframes one second apart, which is more than a player should be given at once. */
const maxKeyframes = 100_000;

/** In their order; recordings that have gone meanwhile are left out. */
export async function listKeyframes(
  { archive, tables }: FootageParts,
  segments: readonly PlannedSegment[],
): Promise<readonly KeyframeListing[]> {
  const ids = [...new Set(segments.map(({ recordingId }) => recordingId))];
  const known = await tables(ids);
  const listed: Placed[] = [];
  let open: { readonly id: RecordingId; readonly table: readonly FragmentEntry[] } | undefined;
  for (const [index, segment] of segments.entries()) {
    const id = segment.recordingId;
    if (!known.has(id) && open?.id !== id) open = { id, table: await openTable(archive, id) };
    pushKeyframes(listed, known.get(id) ?? open?.table ?? [], segment, index);
    if (listed.length >= maxKeyframes) break;
  }
  return withDurations(listed);
}

interface Placed extends KeyframeListing {
  readonly endMs: number;
}

/** @param index place of the segment in the session. */
function pushKeyframes(
  listed: Placed[],
  table: readonly FragmentEntry[],
  segment: PlannedSegment,
  index: number,
): void {
  let { discontinuity } = segment;
  let startMs: number = segment.startMs;
  for (let at = segment.first; at <= segment.last; at += 1) {
    const entry = table[at];
    if (!entry) return;
    if (entry.key) {
      const uri = `keyframe/${index}-${at - segment.first}.m4s`;
      const endMs = segment.startMs + segment.durationMs;
      const { codec } = segment;
      listed.push({ uri, startMs: unixMs(startMs), durationMs: 0, discontinuity, codec, endMs });
      discontinuity = false;
    }
    startMs += entry.durationMs;
  }
}

/** Until the next one of the same stretch, or to the end of its segment. */
function withDurations(placed: readonly Placed[]): readonly KeyframeListing[] {
  return placed.map(({ endMs, ...keyframe }, index) => {
    const next = placed[index + 1];
    const untilMs = next && !next.discontinuity ? next.startMs : endMs;
    return { ...keyframe, durationMs: Math.max(1, untilMs - keyframe.startMs) };
  });
}

async function openTable(
  archive: FootageParts['archive'],
  id: RecordingId,
): Promise<readonly FragmentEntry[]> {
  const opened = await archive.open(id);
  if (!opened.ok) return [];
  const table = opened.value.fragments();
  opened.value.close();
  return table;
}
