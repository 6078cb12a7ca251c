import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hertz, ticks, unixMs } from '../../base/units.ts';
import type { AccessUnit, CodecConfig, Track } from '../track.ts';
import type { Result } from '../../base/result.ts';
import { h264Config } from './h264/config.ts';
import { H264Depacketizer } from './h264/depacketize.ts';
import { h265Config } from './h265/config.ts';
import { H265Depacketizer } from './h265/depacketize.ts';
import { asPackets, pushAll } from './payload.testing.ts';
import { rtpFormat } from './rtp-format.ts';
import { nalsOf } from './streams.testing.ts';

const picture = { widthPixels: 16, heightPixels: 16, framesPerSecond: 25, reorderFrames: 0 };
const h264: CodecConfig = {
  ...picture,
  kind: 'h264',
  sps: Uint8Array.of(0x67, 0x64, 0x00, 0x1f, 1),
  pps: [Uint8Array.of(0x68, 1), Uint8Array.of(0x68, 2)],
  codecString: 'avc1.64001f',
};
function trackOf(codec: CodecConfig, clockHz = 90_000): Track {
  return { id: 0, clockHz: hertz(clockHz), codec };
}

function unit(key: boolean, nals: readonly Uint8Array[]): AccessUnit {
  return { track: 0, pts: ticks(0), dts: ticks(0), wallMs: unixMs(0), key, nals };
}

/** The NAL units of real streams whose type is among `types`, up to the first picture. */
function realNals(file: string, typeOf: (head: number) => number, types: readonly number[]): Uint8Array[] {
  const nals = nalsOf(file);
  return types.map((type) => {
    const found = nals.find((nal) => typeOf(nal[0] ?? 0) === type);
    assert.ok(found, `${file} has a NAL unit of type ${type}`);
    return Uint8Array.from(found);
  });
}

function known<T>(config: Result<T, unknown>): T {
  assert.ok(config.ok);
  return config.value;
}

const none = new Uint8Array();
const [sps4 = none, pps4 = none, idr4 = none] = realNals(
  'x264-baseline.h264',
  (head) => head & 31,
  [7, 8, 5],
);
const h265Types = [32, 33, 34, 20];
const [vps5 = none, sps5 = none, pps5 = none, idr5 = none] = realNals(
  'x265-main.h265',
  (head) => head >> 1,
  h265Types,
);

describe('a track in RTP', () => {
  const cases = [
    [known(h264Config(sps4, [pps4])), [sps4, pps4], idr4, () => new H264Depacketizer()],
    [
      known(h265Config({ vps: vps5, sps: sps5, pps: [pps5] })),
      [vps5, sps5, pps5],
      idr5,
      () => new H265Depacketizer(),
    ],
  ] as const;
  for (const [codec, sets, idr, depacketizer] of cases) {
    it(`${codec.kind}: puts parameter sets before a keyframe without any, and nothing twice`, () => {
      const format = rtpFormat(trackOf(codec));
      for (const nals of [[idr], [...sets, idr]]) {
        const payloads = format.packetize(unit(true, nals), 60);
        assert.ok(payloads.every(({ payload }) => payload.length <= 60));
        const { frames, configs } = pushAll(depacketizer(), asPackets(payloads));
        assert.deepEqual(
          frames.map((frame) => [frame.key, ...frame.nals.map((nal) => Uint8Array.from(nal))]),
          [[true, ...sets, idr]],
        );
        assert.deepEqual(configs, [codec]);
      }
    });
  }

  it('is named as its RFC says', () => {
    const aac: CodecConfig = {
      kind: 'aac',
      audioSpecificConfig: Uint8Array.of(0x11, 0x90),
      sampleRateHz: 48_000,
      channels: 2,
      codecString: 'mp4a.40.2',
    };
    const g711 = { kind: 'g711', law: 'a', sampleRateHz: 8000, channels: 1 } as const;
    const named = [
      trackOf(h264),
      trackOf(aac, 48_000),
      trackOf({ kind: 'opus', channels: 1, codecString: 'opus' }, 48_000),
      trackOf(g711, 8000),
      trackOf({ ...g711, sampleRateHz: 16_000 }, 16_000),
      trackOf({ kind: 'mjpeg', widthPixels: 16, heightPixels: 16 }),
    ].map((track) => rtpFormat(track));
    assert.deepEqual(
      named.map(({ encoding, staticPayloadType }) => [encoding, staticPayloadType]),
      [
        ['H264/90000', undefined],
        ['MPEG4-GENERIC/48000/2', undefined],
        ['opus/48000/2', undefined],
        ['PCMA/8000', 8],
        ['PCMA/16000', undefined],
        ['JPEG/90000', 26],
      ],
    );
    assert.equal(
      named[0]?.fmtp,
      'packetization-mode=1;profile-level-id=64001F;sprop-parameter-sets=Z2QAHwE=,aAE=,aAI=',
    );
  });
});
