/**
 * One attempt at playing one address into one `<video>`. In: address. Out: media in the
 * element, and at most one verdict when it cannot go on. Never tries again by itself: `session.ts` does.
 */
import type { Failure } from './failure.ts';

export interface TransportEvents {
  /** It is over; the transport is to be stopped. */
  failed(failure: Failure): void;
  unsupported(codec: string): void;
  /** Whether the stream has sound that this browser plays. */
  sound(present: boolean): void;
}

export interface StreamTiming {
  /** Undefined for a stream of whole segments. */
  readonly partSeconds: number | undefined;
  readonly segmentSeconds: number;
}

/** A place on the media time line and its wall time. */
export interface Anchor {
  readonly mediaSeconds: number;
  /** Server time, Unix ms. */
  readonly wallMs: number;
}

export interface Transport {
  /** Undefined until known, or when the stream does not tell. */
  anchor(): Anchor | undefined;
  /** Where live is on the media time line. */
  liveSeconds(): number | undefined;
  /** Undefined until known, and for ever where the browser itself keeps the distance. */
  timing(): StreamTiming | undefined;
  /** Frees everything; no event follows. */
  stop(): void;
}
