/**
 * When the last sender reports went out, for the round trip that receivers let us work out (RFC 3550, 6.4.1).
 */
import type { MonotonicMs } from '../../base/units.ts';
import type { NtpTime } from '../../media/rtcp/ntp.ts';
import { ntpMiddle } from '../../media/rtcp/ntp.ts';
import type { ReportBlock } from '../../media/rtcp/packet.ts';

/** Two tracks and a report for each new reader: whoever answers later than this has no figure. */
const maxRemembered = 256;
/** Units of the delay in a report block. */
const delayPerSecond = 65_536;

export class SentReports {
  /** Oldest first; the key is what receivers repeat. */
  readonly #sentMs = new Map<number, MonotonicMs>();

  sent(ntp: NtpTime, nowMs: MonotonicMs): void {
    const name = ntpMiddle(ntp);
    this.#sentMs.delete(name);
    this.#sentMs.set(name, nowMs);
    if (this.#sentMs.size <= maxRemembered) return;
    const oldest = this.#sentMs.keys().next();
    if (!oldest.done) this.#sentMs.delete(oldest.value);
  }

  /** Null when the block answers no report that we remember. */
  roundTripMs(block: ReportBlock, nowMs: MonotonicMs): number | null {
    const sentMs = this.#sentMs.get(block.lastSenderReport);
    if (sentMs === undefined) return null;
    const heldMs = (block.delaySinceLastSenderReport * 1000) / delayPerSecond;
    return Math.max(0, nowMs - sentMs - heldMs);
  }
}
