/**
 * An access unit as RTP payloads: made once for each stream, shared by all viewers.
 */
import type { RtpPayload } from '../../../media/rtp/payload.ts';
import type { LaneName } from './protocol.ts';

export interface Packed {
  readonly lane: LaneName;
  /** Counts the units of its lane, without gaps unless some were lost. */
  readonly number: number;
  /** A viewer can begin here. */
  readonly key: boolean;
  /** Ticks of the track's clock. */
  readonly time: number;
  readonly payloads: readonly RtpPayload[];
}
