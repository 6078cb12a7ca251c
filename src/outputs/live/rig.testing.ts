/**
 * For tests: viewers of the live WebSocket on a real hub; only the pictures are not pictures, and the network is a
 * number that says how much waits.
 */
import assert from 'node:assert/strict';
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { err, ok } from '../../base/result.ts';
import { Hub } from '../../hub/hub.ts';
import type { Pictures } from '../../hub/pictures.ts';
import type { StreamPolicy } from '../../hub/stream.ts';
import { HandSource, testSound, testUnit, testVideoTrack } from '../../hub/testing.ts';
import type { Track } from '../../media/track.ts';
import type { ServerMessage, Subscribe } from './messages.ts';
import { LiveOutput } from './output.ts';
import type { Session } from './session.ts';
import type { ViewerSocket } from './stream.ts';

export const frameMs = 40;

/** A binary message, read as its documentation says. */
export interface Read {
  readonly kind: number;
  readonly key: boolean;
  readonly feed: number;
  readonly captureMs: number;
  readonly presentationMs: number;
  readonly payload: Uint8Array;
}

export function readBinary(message: Uint8Array): Read {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  return {
    kind: view.getUint8(0),
    key: (view.getUint8(1) & 1) === 1,
    feed: view.getUint32(4),
    captureMs: view.getFloat64(8),
    presentationMs: view.getFloat64(16),
    payload: message.subarray(24),
  };
}

/** A viewer's end of a connection, which takes as much as the test says. */
export class HandSocket implements ViewerSocket {
  readonly address = '192.0.2.1';
  readonly client = 'test';
  /** Whether the network takes what is sent. */
  reads = true;
  bufferedBytes = 0;
  readonly texts: ServerMessage[] = [];
  readonly binaries: Uint8Array[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;

  send(message: string | Uint8Array): void {
    assert.equal(this.closed, undefined, 'nothing is sent after the end');
    if (!this.reads) this.bufferedBytes += message.length;
    if (typeof message === 'string') this.texts.push(JSON.parse(message) as ServerMessage);
    else this.binaries.push(message);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  /** The network has taken all that waited. */
  drain(): void {
    this.reads = true;
    this.bufferedBytes = 0;
  }

  said<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.texts.filter((text): text is Extract<ServerMessage, { type: T }> => text.type === type);
  }

  get media(): Read[] {
    return this.binaries.map(readBinary);
  }
}

export class Rig {
  readonly clock = new ManualClock();
  readonly hub = new Hub({ clock: this.clock, log: silentLog, random: () => 0.5 });
  readonly output: LiveOutput;
  readonly sources = new Map<string, HandSource>();

  constructor(pictures?: Pictures) {
    this.output = new LiveOutput(this.clock, {
      find: (camera, wanted) => {
        const sub = wanted === 'sub' ? this.hub.get(`${camera}.sub`) : undefined;
        const stream = sub ?? this.hub.get(camera);
        if (stream) return ok({ stream, source: sub ? 'sub' : 'main' });
        return err({ kind: camera === 'off' ? 'disabled' : 'not-found' });
      },
      pictures,
    });
    this.hub.onState((id) => this.output.stateChanged(id));
  }

  /** A camera that is on; `say` makes it deliver. */
  camera(id: string, policy: Partial<StreamPolicy> = {}): this {
    const source = new HandSource();
    this.sources.set(id, source);
    this.hub.add(id, source, { start: 'always', closeAfterMs: 1000, maxReaders: 0, ...policy });
    return this;
  }

  tracks(id: string, tracks: readonly Track[] = [testVideoTrack()]): this {
    this.#sink(id).tracks(tracks);
    return this;
  }

  /** Pictures of all named cameras at 25 a second; the first is a keyframe, then every `gop`th. */
  play(
    ids: string | readonly string[],
    pictures: number,
    { gop = 25, bytes = 1000, sound = false } = {},
  ): this {
    for (let count = 0; count < pictures; count += 1) {
      this.clock.advance(frameMs);
      const seconds = this.clock.nowMs() / 1000;
      for (const id of typeof ids === 'string' ? [ids] : ids) {
        this.#sink(id).unit(testUnit(seconds, count % gop === 0, bytes));
        if (sound) this.#sink(id).unit(testSound(seconds));
      }
    }
    return this;
  }

  viewer(): { readonly socket: HandSocket; readonly session: Session } {
    const socket = new HandSocket();
    const session = this.output.open(socket);
    assert.ok(session);
    return { socket, session };
  }

  /** Ends everything; what still waits then is a leak. */
  close(): void {
    this.output.close();
    this.hub.close();
    assert.deepEqual([this.output.sockets, this.output.feeds, this.clock.timers], [0, 0, 0]);
  }

  #sink(id: string) {
    const source = this.sources.get(id);
    assert.ok(source);
    return source.current.sink;
  }
}

export function subscribe(camera: string, channel = 0, wanted: Partial<Subscribe> = {}): Subscribe {
  const usual = { source: 'main', format: 'mp4', fps: 5, quality: 70 } as const;
  return { type: 'subscribe', channel, camera, ...usual, ...wanted };
}
