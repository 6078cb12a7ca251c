/**
 * Why there is no footage to show, as problem answers.
 */
import type { ArchiveFault } from '../archive/types.ts';
import type { FrameFault } from '../playback/frames.ts';
import type { MomentFault } from '../playback/moments.ts';
import type { Problem } from './contract/problem.ts';
import { notFoundProblem, problem } from './problems.ts';

/** @param exists whether there is a camera with this id; footage may outlive its camera */
export function noFootage(
  { exists }: { readonly exists: (cameraId: string) => boolean },
  cameraId: string,
  fault: MomentFault | FrameFault,
): Problem {
  if (fault.kind === 'no-footage') {
    const isEmpty = fault.beforeMs === undefined && fault.afterMs === undefined;
    return isEmpty && !exists(cameraId)
      ? notFoundProblem(cameraId)
      : noFootageProblem(fault.beforeMs, fault.afterMs);
  }
  if (fault.kind === 'no-video')
    return problem(404, 'no-video', 'The footage of this moment has no picture.');
  return footageProblem(fault);
}

/** What the archive or the media worker says. */
export function footageProblem(fault: ArchiveFault | FrameFault): Problem {
  const [status, code] = answerOf[fault.kind];
  return problem(status, code, fault.message);
}

const answerOf = {
  busy: [503, 'busy'],
  unavailable: [501, 'pictures-unavailable'],
  failed: [503, 'picture-failed'],
  'no-volume': [503, 'storage-unavailable'],
  'disk-full': [503, 'storage-unavailable'],
  'disk-failed': [503, 'storage-unavailable'],
  'disk-slow': [503, 'storage-unavailable'],
  gone: [404, 'footage-deleted'],
  'no-key': [503, 'footage-sealed'],
  damaged: [404, 'footage-damaged'],
} as const;

/** Says where the nearest footage is; Unix ms. */
function noFootageProblem(beforeMs: number | undefined, afterMs: number | undefined): Problem {
  const near = [
    ...(beforeMs === undefined ? [] : [`The nearest before it ends at ${iso(beforeMs)}.`]),
    ...(afterMs === undefined ? [] : [`The nearest after it begins at ${iso(afterMs)}.`]),
  ];
  const words = near.length === 0 ? 'There is none of this camera at all.' : near.join(' ');
  const detail = `There is no footage of this time. ${words}`;
  return { ...problem(404, 'no-footage', detail), beforeMs: beforeMs ?? null, afterMs: afterMs ?? null };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
