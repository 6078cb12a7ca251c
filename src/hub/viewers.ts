/**
 * Who watches a stream: one entry for each person or program, over all outputs.
 *
 * In:  viewers, each of which can be asked for its figures. Out: their figures with rates. Promise: never more than
 * the camera allows; what a gone viewer counted stays in the sums.
 */
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { MonotonicMs, UnixMs } from '../base/units.ts';
import type { AttachRefusal } from './reader.ts';

export const outputs = ['hls', 'live', 'rtsp', 'webrtc', 'mjpeg'] as const;
export type Output = (typeof outputs)[number];

/** What the way to a viewer is like, where its protocol tells (RTCP); null where it does not. */
export interface NetworkFigures {
  /** Share of packets lost lately, 0 to 1, those mended by sending again included. */
  readonly lossRatio: number | null;
  /** There and back. */
  readonly roundTripMs: number | null;
  readonly jitterMs: number | null;
  /** What the way would carry. */
  readonly estimatedBps: number | null;
}

/** What a viewer has counted since it came; all but `network` only rise. */
export interface ViewerFigures {
  readonly bytesSent: number;
  /** Access units that were kept from it because it was too slow. */
  readonly unitsDropped: number;
  readonly errors: number;
  readonly network: NetworkFigures;
}

export const unknownNetwork: NetworkFigures = {
  lossRatio: null,
  roundTripMs: null,
  jitterMs: null,
  estimatedBps: null,
};

/** Someone who watches, as an output describes it. */
export interface Viewer {
  readonly output: Output;
  /** Where it is: an IP address, without port; may be empty when nobody knows. */
  readonly address: string;
  /** What it calls itself (user agent); cut to 200 characters when shown. */
  readonly client: string;
  /** A few words on the way the media takes, for example `RTP over TCP`. */
  readonly transport: string;
  /** Cheap; asked about once a second. Must not throw. */
  figures(): ViewerFigures;
  /** Ends it, for an operator. */
  end?(reason: string): void;
}

/** A viewer as status pages show it. */
export interface ViewerInfo extends ViewerFigures {
  /** Unique within its stream. */
  readonly id: string;
  readonly output: Output;
  readonly address: string;
  readonly client: string;
  readonly transport: string;
  readonly sinceMs: UnixMs;
  readonly bitrateBps: number;
  /** False when its protocol knows no end. */
  readonly endable: boolean;
}

/** A rate is taken over at least this: below it, bursts of keyframes show. */
const rateWindowMs = 1000;
const maxClientLength = 200;

/** What viewers counted together. */
export interface ViewerSums {
  readonly bytesSent: number;
  readonly unitsDropped: number;
  readonly errors: number;
}

export type SumsByOutput = Readonly<Record<Output, ViewerSums>>;

/** What became of the wish to end a viewer: some protocols know no end. */
export type ViewerEnd = 'ended' | 'unknown' | 'not-endable';

const none: ViewerSums = { bytesSent: 0, unitsDropped: 0, errors: 0 };
export const noSums: SumsByOutput = { hls: none, live: none, rtsp: none, webrtc: none, mjpeg: none };

interface Entry {
  readonly id: string;
  readonly viewer: Viewer;
  readonly sinceMs: UnixMs;
  sampledMs: MonotonicMs;
  sampledBytes: number;
  bitrateBps: number;
}

export class Viewers {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  #next = 1;
  #gone = noSums;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#entries.size;
  }

  countByOutput(): Record<Output, number> {
    const counts = { hls: 0, live: 0, rtsp: 0, webrtc: 0, mjpeg: 0 };
    for (const { viewer } of this.#entries.values()) counts[viewer.output] += 1;
    return counts;
  }

  /** Of all viewers there are and were. */
  sums(): ViewerSums {
    return Object.values(this.sumsByOutput()).reduce(plus, none);
  }

  sumsByOutput(): SumsByOutput {
    const sums: Record<Output, ViewerSums> = { ...this.#gone };
    for (const { viewer } of this.#entries.values()) {
      sums[viewer.output] = plus(sums[viewer.output], viewer.figures());
    }
    return sums;
  }

  /** @param maxViewers 0: no limit. `leave` may be called more than once. */
  admit(viewer: Viewer, maxViewers: number): Result<{ leave(): void }, AttachRefusal> {
    if (maxViewers > 0 && this.count >= maxViewers) {
      return err({ kind: 'too-many-readers', maxReaders: maxViewers });
    }
    const id = `viewer-${this.#next++}`;
    this.#entries.set(id, {
      id,
      viewer,
      sinceMs: this.#clock.nowMs(),
      sampledMs: this.#clock.monotonicMs(),
      sampledBytes: 0,
      bitrateBps: 0,
    });
    return ok({ leave: () => this.#leave(id) });
  }

  list(): ViewerInfo[] {
    return [...this.#entries.values()].map((entry) => this.#info(entry));
  }

  end(id: string, reason: string): ViewerEnd {
    const viewer = this.#entries.get(id)?.viewer;
    if (!viewer) return 'unknown';
    if (!viewer.end) return 'not-endable';
    viewer.end(reason);
    return 'ended';
  }

  #leave(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    const { output } = entry.viewer;
    this.#gone = { ...this.#gone, [output]: plus(this.#gone[output], entry.viewer.figures()) };
  }

  #info(entry: Entry): ViewerInfo {
    const { id, viewer, sinceMs } = entry;
    const { output, address, transport } = viewer;
    const figures = viewer.figures();
    const nowMs = this.#clock.monotonicMs();
    const passedMs = nowMs - entry.sampledMs;
    if (passedMs >= rateWindowMs) {
      entry.bitrateBps = Math.round(((figures.bytesSent - entry.sampledBytes) * 8000) / passedMs);
      entry.sampledMs = nowMs;
      entry.sampledBytes = figures.bytesSent;
    }
    const client = viewer.client.slice(0, maxClientLength);
    const endable = viewer.end !== undefined;
    return {
      id,
      output,
      address,
      client,
      transport,
      sinceMs,
      bitrateBps: entry.bitrateBps,
      endable,
      ...figures,
    };
  }
}

function plus(a: ViewerSums, b: ViewerSums): ViewerSums {
  return {
    bytesSent: a.bytesSent + b.bytesSent,
    unitsDropped: a.unitsDropped + b.unitsDropped,
    errors: a.errors + b.errors,
  };
}

export function addSums(a: SumsByOutput, b: SumsByOutput): SumsByOutput {
  return {
    hls: plus(a.hls, b.hls),
    live: plus(a.live, b.live),
    rtsp: plus(a.rtsp, b.rtsp),
    webrtc: plus(a.webrtc, b.webrtc),
    mjpeg: plus(a.mjpeg, b.mjpeg),
  };
}
