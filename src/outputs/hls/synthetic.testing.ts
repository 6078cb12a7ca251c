/**
 * For tests: a camera made of numbers. Real hub, real muxer; only the pictures are not pictures.
 */
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { hertz, ticks, unixMs } from '../../base/units.ts';
import { Hub } from '../../hub/hub.ts';
import type { Stream, StreamPolicy } from '../../hub/stream.ts';
import { HandSource } from '../../hub/testing.ts';
import type { AccessUnit, AacConfig, H264Config, Track } from '../../media/track.ts';
import type { HlsResponse } from './response.ts';
import { HlsOutput } from './output.ts';

export const videoTrack = (heightPixels = 720, framesPerSecond: number | undefined = 25): Track => {
  const codec: H264Config = {
    kind: 'h264',
    sps: Uint8Array.of(0x67, 0x64, 0, 0x1f, heightPixels & 255),
    pps: [Uint8Array.of(0x68, 0xee)],
    widthPixels: (heightPixels * 16) / 9,
    heightPixels,
    framesPerSecond,
    codecString: 'avc1.64001f',
    reorderFrames: 0,
  };
  return { id: 0, clockHz: hertz(90_000), codec };
};

export const audioTrack = (id = 1): Track => {
  const codec: AacConfig = {
    kind: 'aac',
    audioSpecificConfig: Uint8Array.of(0x11, 0x90),
    sampleRateHz: 48_000,
    channels: 2,
    codecString: 'mp4a.40.2',
  };
  return { id, clockHz: hertz(48_000), codec };
};

export interface Shot {
  readonly fps: number;
  readonly gopFrames: number;
  readonly seconds: number;
  readonly startSeconds: number;
  /** Moves each timestamp; milliseconds, by frame number. */
  readonly jitterMs?: (frame: number) => number;
  readonly bFrames?: boolean;
  readonly audio?: boolean;
  readonly video?: boolean;
}

/** Units in arrival order. */
export function shoot(shot: Shot): AccessUnit[] {
  const { video = true, audio = false } = shot;
  const units = [...(video ? pictures(shot) : []), ...(audio ? sounds(shot, video ? 1 : 0) : [])];
  return units.sort((a, b) => a.wallMs - b.wallMs);
}

function pictures({ fps, gopFrames, seconds, startSeconds, jitterMs, bFrames }: Shot): AccessUnit[] {
  return Array.from({ length: Math.round(seconds * fps) }, (_, frame) => {
    const at = startSeconds + frame / fps + (jitterMs?.(frame) ?? 0) / 1000;
    const dts = ticks(Math.round(at * 90_000));
    const key = frame % gopFrames === 0;
    const delayFrames = bFrames ? (key ? 2 : frame % 3 === 0 ? 4 : 1) : 0;
    const pts = ticks(dts + Math.round((delayFrames * 90_000) / fps));
    return unit(0, { dts, pts, key, at, bytes: key ? 4000 : 400 });
  });
}

function sounds({ seconds, startSeconds }: Shot, track: number): AccessUnit[] {
  return Array.from({ length: Math.floor((seconds * 48_000) / 1024) }, (_, frame) => {
    const dts = ticks(Math.round(startSeconds * 48_000) + frame * 1024);
    return unit(track, { dts, pts: dts, key: true, at: startSeconds + (frame * 1024) / 48_000, bytes: 85 });
  });
}

function unit(
  track: number,
  { dts, pts, key, at, bytes }: Pick<AccessUnit, 'dts' | 'pts' | 'key'> & { at: number; bytes: number },
): AccessUnit {
  const nal = new Uint8Array(bytes).fill((dts / 3600) & 127);
  nal[0] = key ? 0x65 : 0x41;
  return { track, dts, pts, key, wallMs: unixMs(Math.round(at * 1000)), nals: [nal] };
}

/** A stream with its output under a clock moved by hand. */
export class HlsRig {
  readonly clock = new ManualClock();
  readonly hub = new Hub({ clock: this.clock, log: silentLog, random: () => 0.5 });
  readonly source = new HandSource();
  readonly stream: Stream;
  readonly output: HlsOutput;
  #tokens = 0;

  constructor(policy: Partial<StreamPolicy> = {}) {
    const whole: StreamPolicy = { start: 'always', closeAfterMs: 1000, maxReaders: 0, ...policy };
    this.stream = this.hub.add('cam_test', this.source, whole);
    this.output = new HlsOutput({ clock: this.clock, randomToken: () => `token${this.#tokens++}xyz` });
  }

  get nowSeconds(): number {
    return this.clock.nowMs() / 1000;
  }

  tracks(...tracks: Track[]): void {
    this.source.current.sink.tracks(tracks);
  }

  /** Each unit arrives when it was captured. */
  play(units: readonly AccessUnit[]): void {
    for (const each of units) {
      const waitMs = each.wallMs - this.clock.nowMs();
      if (waitMs > 0) this.clock.advance(waitMs);
      this.source.current.sink.unit(each);
    }
  }

  /** As `play`, with a viewer who stays. */
  async watch(units: readonly AccessUnit[]): Promise<void> {
    await this.ask('live.m3u8');
    const everyUnits = 10;
    for (let at = 0; at < units.length; at += everyUnits) {
      this.play(units.slice(at, at + everyUnits));
      await this.ask('live.m3u8');
    }
  }

  /** All at once, as the GOP cache gives them. */
  burst(units: readonly AccessUnit[]): void {
    for (const each of units) this.source.current.sink.unit(each);
  }

  ask(file: string, query = '', more: { cookie?: string; userAgent?: string; signal?: AbortSignal } = {}) {
    const { cookie, userAgent = 'test', signal } = more;
    return this.output.handle({
      stream: this.stream,
      file,
      query: new URLSearchParams(query),
      viewer: { cookie, remoteAddress: '127.0.0.1', userAgent },
      acceptsGzip: false,
      ...(signal ? { signal } : {}),
    });
  }

  close(): void {
    this.output.close();
    this.hub.close();
  }
}

export function textOf(response: HlsResponse): string {
  if (response.kind !== 'content') throw new Error(`not a playlist: ${JSON.stringify(response)}`);
  return Buffer.concat(response.body).toString();
}
