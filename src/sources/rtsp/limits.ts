/**
 * How long, how often and how much: every limit of an RTSP connection, with its reason.
 */
import type { IngestLimits } from '../../media/ingest/limits.ts';
import { defaultIngestLimits } from '../../media/ingest/limits.ts';

export interface RtspLimits extends IngestLimits {
  /** Name, TCP connection and TLS handshake together. A camera on the same network needs milliseconds. */
  readonly connectMs: number;
  /** For a whole answer, however slowly it trickles in. Sleepy cameras take three seconds for the first one. */
  readonly answerMs: number;
  /** From PLAY to the first media packet; over UDP a firewall shows itself here. */
  readonly firstPacketMs: number;
  /** From PLAY to the first picture that can be decoded. Economical encoders send a key frame every 10 s. */
  readonly firstPictureMs: number;
  /** Receiver reports (RFC 3550, 6.2: at least every 5 s); some cameras stop without them. */
  readonly reportEveryMs: number;
  /** Keep-alives come at half the session's timeout, but never more often than this. */
  readonly minKeepAliveMs: number;
  readonly maxRedirects: number;
  /** Bytes the camera has not taken from us; requests and reports are small, so a full pipe is an attack. */
  readonly maxUnsentBytes: number;
  /** How long TEARDOWN may take before the connection is cut. */
  readonly farewellMs: number;
}

export const defaultLimits: RtspLimits = {
  connectMs: 5000,
  answerMs: 7000,
  firstPacketMs: 6000,
  firstPictureMs: 20_000,
  ...defaultIngestLimits,
  reportEveryMs: 5000,
  minKeepAliveMs: 2000,
  maxRedirects: 4,
  maxUnsentBytes: 256 * 1024,
  farewellMs: 300,
};
