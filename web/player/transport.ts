/**
 * One attempt at playing one camera in one way, on one screen. In: an address. Out: pictures on the screen, and at
 * most one verdict when it cannot go on. Never tries again by itself: `session.ts` does.
 */
import type { LatencyLimits } from './controller.ts';
import type { Failure } from './failure.ts';

export type Screen = HTMLVideoElement | HTMLCanvasElement;

/** What is to be played. */
export interface Address {
  /** For example `http://cameras.lan:8080`. */
  readonly server: string;
  readonly camera: string;
  /** `?token=…`, for pages that nobody signs in at; empty without. */
  readonly query: string;
  /** A playlist instead of a camera: HLS only. */
  readonly playlist: string | undefined;
  readonly source: 'auto' | 'main' | 'sub';
  /** Width it is shown at, in device pixels. */
  readonly widthPixels: number;
}

export interface TransportEvents {
  /** It is over; the transport is to be stopped. */
  failed(failure: Failure): void;
  /** The browser lacks a decoder; over, too. @param codec RFC 6381 or a name. */
  unsupported(codec: string): void;
  /** Whether the stream has sound that this browser plays. */
  sound(present: boolean): void;
  /** The server has described its media: a picture is due. @param targetMs delay that is aimed for, when it was told. */
  ready(targetMs?: number): void;
  /** A picture was drawn; for screens that are no `<video>`. @param captureMs server time, when it is known. */
  drawn(captureMs: number | undefined): void;
}

/** The part of `VideoFrameCallbackMetadata` that is of use here. */
export interface ShownFrame {
  readonly mediaTime: number;
  /** WebRTC only: when the sender says it was taken, on this machine's clock, ms since the page began. */
  readonly captureTime?: number;
  /** WebRTC only. */
  readonly rtpTimestamp?: number;
}

export interface Transport {
  /** When the picture on the screen was taken; server time, Unix ms. Undefined when that is unknown. */
  captureMs(frame: ShownFrame): number | undefined;
  /** How to keep close to live; undefined until known, and for ever where the browser sees to it. */
  limits(): LatencyLimits | undefined;
  /** Where live is on the media time line. */
  liveSeconds(): number | undefined;
  /** Where the browser keeps the distance but takes advice. @param targetMs delay from the camera to the screen. */
  aim?(targetMs: number): void;
  /** Frees everything; no event follows. */
  stop(): void;
}

/** Path part of a stream: `cam_…`, or `cam_….sub`. */
export function streamId({ camera, source }: Address): string {
  return encodeURIComponent(source === 'sub' ? `${camera}.sub` : camera);
}

/** Any Media Source; older iPhones have none. */
export function mediaSourceClass(): typeof MediaSource | undefined {
  const known: { MediaSource?: typeof MediaSource; ManagedMediaSource?: typeof MediaSource } = globalThis;
  return known.ManagedMediaSource ?? known.MediaSource;
}
