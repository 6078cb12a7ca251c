/**
 * What a way in has to be. A source makes one connection; the stream that owns it
 * decides when to connect, notices silence, and tries again.
 */
import type { AccessUnit, Track } from '../media/track.ts';

type SourceKind = 'rtsp' | 'file' | 'demo' | 'push';

/** Why a connection could not be made or is over. `message` is for people: plain words, no secrets. */
export interface SourceFault {
  readonly kind:
    | 'wrong-password' // the camera refused the credentials
    | 'refused' // nothing listens there
    | 'no-route' // host or network unreachable, name unknown
    | 'timeout' // no answer in time
    | 'not-found' // the camera answers but has no such path
    | 'not-rtsp' // it answers, but something else
    | 'protocol' // it speaks the protocol wrongly
    | 'unsupported' // no codec we can carry
    | 'tls' // the certificate or handshake failed
    | 'forbidden-address' // our own rules refuse that address
    | 'stalled' // connected, but no media for too long
    | 'ended' // the far side closed
    | 'file' // the file is missing or unreadable
    | 'worker'; // the media worker died
  readonly message: string;
}

/** Faults that trying again soon will not mend: the state is `error` instead of `offline`, retries are slow. */
export const lastingFaults: ReadonlySet<SourceFault['kind']> = new Set([
  'wrong-password',
  'not-found',
  'not-rtsp',
  'unsupported',
  'forbidden-address',
  'file',
]);

/** What a connection counts; all monotonic over its life. */
export interface SourceCounters {
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  /** Frames or packets thrown away because they were damaged. */
  readonly damaged: number;
}

/** Where a source delivers, always later than `connect` returned. Ignored after `ended`, and once the connection was closed. */
export interface SourceSink {
  /** Of sources that are sent to: somebody has begun to send; media has to follow in time. */
  arrived?(): void;
  /** Before the first unit, and again whenever a track's configuration changes. */
  tracks(tracks: readonly Track[]): void;
  unit(unit: AccessUnit): void;
  /** Exactly once per connection that was not closed by its owner. */
  ended(fault: SourceFault): void;
}

export interface SourceConnection {
  /** Frees everything; nothing is delivered afterwards. @param reason for people on the far side */
  close(reason?: string): void;
  counters(): SourceCounters;
  /** Tracks that the far side offered, that were asked for, and that have sent nothing yet. */
  silentTracks?(): number;
  /** A few words for the statistics page, for example `RTSP over TCP`. */
  readonly transport: string;
}

export interface Source {
  readonly kind: SourceKind;
  /** Sources of one host share their back-off; undefined for sources without a network. */
  readonly host: string | undefined;
  /**
   * Set by sources that are sent to: what people are told while nobody sends. Their connections wait without limit
   * until `sink.arrived`, and the next one is made at once, so that a sender that returns is taken at once.
   */
  readonly waiting?: string;
  /** Starts one connection. Never throws; trouble arrives at `sink.ended`, always later than this call. */
  connect(sink: SourceSink): SourceConnection;
}
