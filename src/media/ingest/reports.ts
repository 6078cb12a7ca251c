/**
 * What a receiver tells a sender about one of its tracks, as RTCP compounds.
 *
 * In:  an intake, the track's number, our own SSRC. Out: bytes to send back on the way the track's RTCP takes.
 */
import type { RtcpToWrite } from '../rtcp/write.ts';
import { writeRtcp } from '../rtcp/write.ts';
import type { Arrival } from '../rtp/capture-clock.ts';
import type { Intake } from './intake.ts';

/** RFC 3550, 6.4.2. Without a block before the first packet. The share lost counts from the report before. */
export function receiverReport(
  intake: Pick<Intake, 'report'>,
  track: number,
  ssrc: number,
  now: Arrival,
): Uint8Array {
  const block = intake.report(track, now);
  return writeRtcp([{ kind: 'receiver-report', ssrc, blocks: block ? [block] : [] }, name(ssrc)]);
}

/** Asks for a keyframe: PLI (RFC 4585, 6.3.1) behind an empty report (RFC 3550, 6.1). @param media the sender's SSRC */
export function keyframeRequest(ssrc: number, media: number): Uint8Array {
  return writeRtcp([
    { kind: 'receiver-report', ssrc, blocks: [] },
    name(ssrc),
    { kind: 'picture-loss', sender: ssrc, media },
  ]);
}

function name(ssrc: number): RtcpToWrite {
  return { kind: 'canonical-name', ssrc, cname: 'sightline' };
}
