/**
 * One viewer on the RTSP connection itself: what it is sent, and what it misses when it is too slow.
 *
 * In:  chunks. Out: the same buffers in the viewer's socket, one write each. Promises: pictures begin at a keyframe;
 * when too much waits in the socket, whole units are left out up to a keyframe and counted; nobody else notices.
 */
import type { PortPair } from '../../media/rtsp/headers.ts';
import type { Chunk } from './chunk.ts';
import { leastBudgetBytes, mostBehindMs, mostBudgetBytes } from './options.ts';
import type { PerLane, Sender } from './sender.ts';

/** `net.Socket` and `tls.TLSSocket` are. */
export interface ByteSocket {
  readonly writableLength: number;
  write(bytes: Uint8Array): boolean;
}

export interface TcpSenderParts {
  readonly socket: ByteSocket;
  /** Interleaved channels of RTP and RTCP. */
  readonly channels: PerLane<PortPair>;
  readonly hasVideo: boolean;
  /** What a viewer is sent, a mean over seconds. */
  readonly bytesPerMs: () => number;
}

/** `starting`: sound goes out, pictures wait for a keyframe. `behind`: everything waits for one. */
type Flow = 'flowing' | 'starting' | 'behind';

export class TcpSender implements Sender {
  readonly #parts: TcpSenderParts;
  #flow: Flow = 'starting';
  /** What the beginning left in the socket, until it is gone: that alone makes nobody slow. */
  #headStartBytes = 0;
  bytesSent = 0;
  unitsDropped = 0;

  constructor(parts: TcpSenderParts) {
    this.#parts = parts;
  }

  begin(chunks: readonly Chunk[], isWhole: boolean): void {
    this.#flow = isWhole ? 'flowing' : 'starting';
    for (const chunk of chunks) this.#write(chunk, this.#parts.channels[chunk.lane]?.[0]);
    this.#headStartBytes = this.#parts.socket.writableLength;
  }

  chunk(chunk: Chunk): boolean {
    const channel = this.#parts.channels[chunk.lane]?.[0];
    if (channel === undefined) return false;
    if (this.#flow !== 'behind' && this.#isOverBudget()) this.#flow = 'behind';
    if (this.#flow !== 'flowing' && !this.#mayGo(chunk)) return false;
    this.#write(chunk, channel);
    return true;
  }

  report(report: Chunk): void {
    if (this.#flow !== 'behind') this.#write(report, this.#parts.channels[report.lane]?.[1]);
  }

  /** It has nothing of its own to free. */
  close(): void {}

  #mayGo(chunk: Chunk): boolean {
    const isStart = chunk.isVideo ? chunk.key : !this.#parts.hasVideo;
    if (this.#flow === 'starting') {
      if (isStart) this.#flow = 'flowing';
      return isStart || !chunk.isVideo;
    }
    // Half: else the next keyframe would exceed it at once.
    const hasCaughtUp = this.#parts.socket.writableLength <= this.#budgetBytes() / 2;
    if (isStart && hasCaughtUp) this.#flow = 'flowing';
    else this.unitsDropped += 1;
    return this.#flow === 'flowing';
  }

  #isOverBudget(): boolean {
    const waiting = this.#parts.socket.writableLength;
    if (waiting <= leastBudgetBytes) {
      this.#headStartBytes = 0;
      return false;
    }
    return waiting > this.#budgetBytes() + this.#headStartBytes;
  }

  #budgetBytes(): number {
    const wanted = this.#parts.bytesPerMs() * mostBehindMs;
    return Math.min(mostBudgetBytes, Math.max(leastBudgetBytes, wanted));
  }

  #write(chunk: Chunk, channel: number | undefined): void {
    if (channel === undefined) return;
    this.bytesSent += chunk.bytes.length;
    this.#parts.socket.write(chunk.on(channel));
  }
}
