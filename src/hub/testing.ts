/**
 * For the tests of everything that sits on the hub: a source driven by hand, and units made of thin air.
 */
import type { Hertz } from '../base/units.ts';
import { hertz, ticks, unixMs } from '../base/units.ts';
import type { AacConfig, AccessUnit, H264Config, Track } from '../media/track.ts';
import type { Source, SourceConnection, SourceFault, SourceSink } from './source.ts';
import type { Viewer } from './viewers.ts';
import { unknownNetwork } from './viewers.ts';

const videoClock: Hertz = hertz(90_000);
const audioClock: Hertz = hertz(48_000);

/** A 1280x720 H.264 track; `variant` changes its parameter sets. */
export function testVideoTrack(variant = 0): Track {
  const codec: H264Config = {
    kind: 'h264',
    sps: Uint8Array.of(0x67, 0x64, 0, 0x1f, variant),
    pps: [Uint8Array.of(0x68, 0xee)],
    widthPixels: 1280,
    heightPixels: 720,
    framesPerSecond: 25,
    codecString: 'avc1.64001f',
    reorderFrames: 0,
  };
  return { id: 0, clockHz: videoClock, codec };
}

/** One picture, `atSeconds` after 1970. */
export function testUnit(atSeconds: number, key: boolean, bytes = 100): AccessUnit {
  const time = ticks(Math.round(atSeconds * videoClock));
  const nal = new Uint8Array(bytes);
  nal[0] = key ? 0x65 : 0x41;
  return { track: 0, pts: time, dts: time, wallMs: unixMs(atSeconds * 1000), key, nals: [nal] };
}

/** AAC at 48 kHz, on a clock of its own. */
export function testAudioTrack(id = 1): Track {
  const codec: AacConfig = {
    kind: 'aac',
    audioSpecificConfig: Uint8Array.of(0x11, 0x90),
    sampleRateHz: 48_000,
    channels: 2,
    codecString: 'mp4a.40.2',
  };
  return { id, clockHz: audioClock, codec };
}

/** One audio frame, `atSeconds` after 1970. */
export function testSound(atSeconds: number, track = 1): AccessUnit {
  const time = ticks(Math.round(atSeconds * audioClock));
  const wallMs = unixMs(atSeconds * 1000);
  return { track, pts: time, dts: time, wallMs, key: true, nals: [new Uint8Array(20)] };
}

/** A source whose connections are handed to the test. */
export class HandSource implements Source {
  readonly kind = 'demo';
  readonly host: string | undefined;
  readonly connections: HandConnection[] = [];

  constructor(host?: string) {
    this.host = host;
  }

  connect(sink: SourceSink): SourceConnection {
    const connection = new HandConnection(sink);
    this.connections.push(connection);
    return connection;
  }

  get current(): HandConnection {
    const last = this.connections.at(-1);
    if (!last) throw new Error('the source was never connected');
    return last;
  }
}

export class HandConnection implements SourceConnection {
  readonly transport = 'by hand';
  readonly sink: SourceSink;
  closed = false;
  /** Tracks that were offered and have sent nothing. */
  silent = 0;
  /** Packets that never arrived. */
  lostPackets = 0;

  constructor(sink: SourceSink) {
    this.sink = sink;
  }

  close(): void {
    this.closed = true;
  }

  silentTracks(): number {
    return this.silent;
  }

  counters() {
    return { bytesReceived: 0, packetsReceived: 0, packetsLost: this.lostPackets, damaged: 0 };
  }

  fail(kind: SourceFault['kind']): void {
    this.sink.ended({ kind, message: `It failed: ${kind}.` });
  }
}

/** Somebody who watches and has counted nothing. */
export const testViewer: Viewer = {
  output: 'hls',
  address: '192.0.2.1',
  client: 'test',
  transport: 'HTTP',
  figures: () => ({ bytesSent: 0, unitsDropped: 0, errors: 0, network: unknownNetwork }),
};
