/**
 * The newest keyframe of a stream whose camera is there; one that is connected on demand is connected for it.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { PictureFault } from '../hub/pictures.ts';
import type { StreamState } from '../hub/status.ts';
import type { Stream } from '../hub/stream.ts';
import type { AccessUnit } from '../media/track.ts';
import type { VideoTrack } from './picture-input.ts';
import { videoTrackOf } from './picture-input.ts';

export interface VideoKeyframe {
  readonly track: VideoTrack;
  readonly unit: AccessUnit;
}

/** Connecting takes a second or two, and a keyframe after it as long as the camera's GOP. */
const waitMs = 5000;
const lookEveryMs = 100;

const away: ReadonlySet<StreamState> = new Set(['offline', 'error', 'stalled']);

/** Always resolves, at the latest after 5 s. A camera that is known to be away is not waited for. */
export function freshKeyframe(stream: Stream, clock: Clock): Promise<Result<VideoKeyframe, PictureFault>> {
  return new Promise((resolve) => {
    if (away.has(stream.status().state)) return resolve(err(noPicture(stream)));
    let track: VideoTrack | undefined;
    let timer: Timer | undefined;
    let over = false;
    const finish = (result: Result<VideoKeyframe, PictureFault>): void => {
      over = true;
      timer?.cancel();
      // Not from within `attach`, which has not returned then.
      queueMicrotask(() => attached.ok && attached.value.detach());
      resolve(result);
    };
    const attached = stream.attach({
      kind: 'pictures',
      onTracks: (tracks) => {
        track = videoTrackOf(tracks);
        if (tracks.length > 0 && !track && !over) finish(err(withoutVideo));
      },
      onUnit: (unit) => {
        if (!over && track && unit.key && unit.track === track.id) finish(ok({ track, unit }));
      },
      onEnd: (message) => over || finish(err({ kind: 'no-picture', message })),
    });
    const untilMs = clock.monotonicMs() + waitMs;
    const look = (): void => {
      if (over) return;
      if (away.has(stream.status().state) || clock.monotonicMs() >= untilMs) finish(err(noPicture(stream)));
      else timer = clock.after(lookEveryMs, look);
    };
    if (!attached.ok && !over) finish(err({ kind: 'no-picture', message: 'The camera is gone.' }));
    look();
  });
}

const withoutVideo: PictureFault = { kind: 'no-picture', message: 'The camera sends no video.' };

function noPicture(stream: Stream): PictureFault {
  const { state, reason } = stream.status();
  const waited = `No picture came within ${waitMs / 1000} s; the camera is ${state}.`;
  return { kind: 'no-picture', message: reason ?? waited };
}
