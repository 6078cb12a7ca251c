/** What stands in our init segments and fragments, field by field. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hertz, ticks, unixMs } from '../../base/units.ts';
import type { AccessUnit, CodecConfig, H264Config, Track } from '../track.ts';
import { fragmentBytes, writeFragment, writeFragmentSeries, writeFragments } from './fragment.ts';
import { writeInit } from './init.ts';
import { isPlayableInMp4, mimeCodecs } from './playable.ts';
import { readFragments, readInit } from './read.ts';

const h264: H264Config = {
  kind: 'h264',
  // 160x96, High, from x264; the fields that avcC repeats.
  sps: Uint8Array.from(Buffer.from('6764000bacd942863f016a020202800000030080000019078a14cb', 'hex')),
  pps: [Uint8Array.from(Buffer.from('68ebe3cb22c0', 'hex'))],
  widthPixels: 160,
  heightPixels: 96,
  framesPerSecond: 25,
  codecString: 'avc1.64000b',
  reorderFrames: 0,
};
const aac: CodecConfig = {
  kind: 'aac',
  audioSpecificConfig: Uint8Array.of(0x11, 0x90),
  sampleRateHz: 48000,
  channels: 2,
  codecString: 'mp4a.40.2',
};
const opus: CodecConfig = { kind: 'opus', channels: 2, codecString: 'opus' };
const g711: CodecConfig = { kind: 'g711', law: 'mu', sampleRateHz: 8000, channels: 1 };
const mjpeg: CodecConfig = { kind: 'mjpeg', widthPixels: 640, heightPixels: 480 };

const video: Track = { id: 0, clockHz: hertz(90000), codec: h264 };
const sound: Track = { id: 2, clockHz: hertz(48000), codec: aac };
const unplayable: Track = { id: 1, clockHz: hertz(8000), codec: g711 };

function unit(fields: Partial<AccessUnit> & { at: number }): AccessUnit {
  const nals = [Uint8Array.of(0x65, 1, 2)];
  return {
    track: 0,
    pts: ticks(fields.at),
    dts: ticks(fields.at),
    wallMs: unixMs(0),
    key: true,
    nals,
    ...fields,
  };
}

function init(...tracks: Track[]): Uint8Array {
  const written = writeInit(tracks);
  assert.ok(written.ok);
  return written.value;
}

function tracksOf(bytes: Uint8Array) {
  const read = readInit(bytes);
  assert.ok(read.ok);
  return read.value;
}

test('the init segment names the playable tracks, numbered from 1, on their own clocks', () => {
  const tracks = tracksOf(init(video, unplayable, sound));
  assert.deepEqual(
    tracks.map(({ id, timescaleHz, handler, sampleEntry }) => [id, timescaleHz, handler, sampleEntry]),
    [
      [1, 90000, 'vide', 'avc1'],
      [3, 48000, 'soun', 'mp4a'],
    ],
  );
});

test('without a playable track there is no init segment', () => {
  assert.deepEqual(writeInit([unplayable]), { ok: false, error: { kind: 'no-playable-track' } });
});

test('what a player can take, and its name', () => {
  assert.deepEqual([h264, aac, opus, g711, mjpeg].map(isPlayableInMp4), [true, true, true, false, false]);
  assert.equal(isPlayableInMp4({ ...opus, channels: 6 }), false);
  assert.equal(mimeCodecs([video, unplayable, sound]), 'avc1.64000b,mp4a.40.2');
  assert.equal(mimeCodecs([unplayable]), '');
});

test('times go in unchanged, also beyond 32 and 48 bits', () => {
  for (const at of [0, 2 ** 32 - 1, 2 ** 32, 1_760_000_000 * 90_000, 2 ** 53 - 10_000]) {
    const sample = { unit: unit({ at }), durationTicks: 3600 };
    const { fragments, fault } = readFragments(writeFragment(1, video, sample), tracksOf(init(video)));
    assert.equal(fault, undefined);
    assert.equal(fragments[0]?.samples[0]?.dts, at);
  }
});

test('a picture may be shown after, and before, its decoding time', () => {
  for (const shift of [7200, 0, -3600]) {
    const sample = { unit: unit({ at: 10_000, pts: ticks(10_000 + shift) }), durationTicks: 3600 };
    const { fragments } = readFragments(writeFragment(1, video, sample), tracksOf(init(video)));
    assert.equal(fragments[0]?.samples[0]?.pts, 10_000 + shift);
  }
});

test('parameter sets and delimiters stay out of the sample; SEI and slices stay in', () => {
  const kinds = { sps: 0x67, delimiter: 0x09, sei: 0x06, slice: 0x65 };
  const nals = [...h264.pps, ...Object.values(kinds).map((head) => Uint8Array.of(head, 0xaa))];
  const bytes = writeFragment(1, video, { unit: unit({ at: 0, nals }), durationTicks: 1 });
  const { fragments } = readFragments(bytes, tracksOf(init(video)));
  const [sample] = fragments[0]!.samples;
  assert.deepEqual(
    [...bytes.subarray(sample!.offset, sample!.offset + sample!.sizeBytes)],
    [0, 0, 0, 2, kinds.sei, 0xaa, 0, 0, 0, 2, kinds.slice, 0xaa],
  );
});

test('a PPS that changes between keyframes stays in, so does the one that changes it back', () => {
  const [known] = h264.pps;
  const other = Uint8Array.of(0x68, 0xce);
  for (const [pps, key, bytes] of [
    [known, true, 0],
    [other, true, 6],
    [other, false, 6],
    [known, false, 10],
  ] as const) {
    const nals = [pps ?? other, Uint8Array.of(0x41, 1)];
    const written = writeFragment(1, video, { unit: unit({ at: 0, nals, key }), durationTicks: 1 });
    const { fragments } = readFragments(written, tracksOf(init(video)));
    assert.equal(fragments[0]!.samples[0]!.sizeBytes, bytes + 6);
  }
});

test('sound goes in as it is', () => {
  const data = Uint8Array.of(0x67, 1, 2, 3);
  const bytes = writeFragment(1, sound, { unit: unit({ at: 0, track: 2, nals: [data] }), durationTicks: 1 });
  assert.deepEqual(bytes.subarray(-4), data);
});

test('one fragment can hold many samples of many tracks', () => {
  const runs = [
    {
      track: video,
      samples: [
        { unit: unit({ at: 9000, nals: [Uint8Array.of(0x65, 1)] }), durationTicks: 3600 },
        { unit: unit({ at: 12600, key: false, nals: [Uint8Array.of(0x41, 2, 3)] }), durationTicks: 3601 },
      ],
    },
    {
      track: sound,
      samples: [{ unit: unit({ at: 4800, track: 2, nals: [Uint8Array.of(7)] }), durationTicks: 1024 }],
    },
  ];
  const bytes = writeFragments(77, runs);
  const { fragments, fault, wholeEnd } = readFragments(bytes, tracksOf(init(video, sound)));
  assert.equal(fault, undefined);
  assert.equal(wholeEnd, bytes.length);
  assert.equal(fragments[0]?.sequence, 77);
  assert.deepEqual(
    fragments[0]?.samples.map(({ trackId, dts, durationTicks, key, sizeBytes }) => [
      trackId,
      dts,
      durationTicks,
      key,
      sizeBytes,
    ]),
    [
      [1, 9000, 3600, true, 6],
      [1, 12600, 3601, false, 7],
      [3, 4800, 1024, true, 1],
    ],
  );
  assert.deepEqual([...bytes.subarray(-14)], [0, 0, 0, 2, 0x65, 1, 0, 0, 0, 3, 0x41, 2, 3, 7]);
});

test('the reader tells where a torn file stops being whole', () => {
  const head = init(video);
  const [one, two] = [1, 2].map((sequence) =>
    writeFragment(sequence, video, { unit: unit({ at: sequence * 3600 }), durationTicks: 3600 }),
  );
  const whole = Buffer.concat([head, one!, two!]);
  for (let end = head.length + one!.length; end < whole.length; end += 1) {
    const { fragments, wholeEnd } = readFragments(whole.subarray(0, end), tracksOf(head));
    assert.equal(fragments.length, 1);
    assert.equal(wholeEnd, head.length + one!.length);
  }
});

test('a series in one buffer is the same bytes as its fragments one after another', () => {
  const series = [
    [{ track: video, samples: [{ unit: unit({ at: 0 }), durationTicks: 3600 }] }],
    [{ track: sound, samples: [{ unit: unit({ at: 5, track: 2 }), durationTicks: 1024 }] }],
    [{ track: video, samples: [{ unit: unit({ at: 3600, key: false }), durationTicks: 3600 }] }],
  ];
  const alone = series.map((runs, index) => writeFragments(7 + index, runs));
  const together = writeFragmentSeries(7, series);
  assert.deepEqual(Buffer.from(together), Buffer.concat(alone));
  assert.deepEqual(
    series.map(fragmentBytes),
    alone.map(({ length }) => length),
  );
  assert.equal(together.buffer.byteLength, together.length);
});
