/**
 * Which capture time a lane's ticks stand for, for sender reports.
 */
import type { Hertz, UnixMs } from '../../../base/units.ts';
import type { NtpTime } from '../../../media/rtcp/ntp.ts';
import { unixMsToNtp } from '../../../media/rtcp/ntp.ts';

export class LaneTime {
  readonly #clockHz: Hertz;
  #time = 0;
  #wallMs = 0;

  constructor(clockHz: Hertz) {
    this.#clockHz = clockHz;
  }

  /** Of the newest unit. */
  note(time: number, wallMs: UnixMs): void {
    this.#time = time;
    this.#wallMs = wallMs;
  }

  /** What a sender report says at that moment: the wall time, and the RTP time of what is captured then. */
  at(nowMs: UnixMs): { readonly ntp: NtpTime; readonly rtpTime: number } {
    const sinceMs = nowMs - this.#wallMs;
    const rtpTime = Math.round(this.#time + (sinceMs * this.#clockHz) / 1000) >>> 0;
    return { ntp: unixMsToNtp(nowMs), rtpTime };
  }
}
