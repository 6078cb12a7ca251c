import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Depacketized, OrderedPacket } from '../../rtp/payload.ts';
import { nalsOf, packetsOf } from '../streams.testing.ts';
import { h265Config } from './config.ts';
import { H265Depacketizer } from './depacketize.ts';
import type { H265DepacketizerOptions } from './depacketize.ts';
import { nalType, typeOf } from './nal.ts';

const stream = nalsOf('x265-main.h265');
const ofType = (type: number) => stream.find((nal) => typeOf(nal) === type) ?? new Uint8Array();
const [vps, sps, pps] = [ofType(nalType.vps), ofType(nalType.sps), ofType(nalType.pps)];
const key = stream.find((nal) => typeOf(nal) >= 16 && typeOf(nal) <= 23) ?? new Uint8Array();
const slice = stream.find((nal) => typeOf(nal) <= 9) ?? new Uint8Array();
const laterSlice = Uint8Array.of(2, 1, 0x70, 7, 7);
const config = h265Config({ vps, sps, pps: [pps] });
assert.ok(config.ok);
const known = { config: config.value };

/** Sends payloads of one access unit, the marker on the last. Leaves out the configuration that was known before. */
function send(
  options: H265DepacketizerOptions,
  payloads: readonly (readonly number[])[],
): readonly Depacketized[] {
  const depacketizer = new H265Depacketizer(options);
  const done = payloads.flatMap((payload, sequence) =>
    depacketizer.push({
      sequence,
      time: 0,
      marker: sequence === payloads.length - 1,
      lostBefore: 0,
      payload: Uint8Array.from(payload),
    }),
  );
  return done.filter((one) => one.kind !== 'config' || one.codec !== options.config);
}

/** As short text: `frame key 32,33,34,20`, `config 64x64`, `fault reason`. */
function told(done: readonly Depacketized[]): string[] {
  return done.map((one) => {
    if (one.kind === 'fault') return `fault ${one.reason}`;
    if (one.kind === 'frame') return `frame${one.key ? ' key' : ''} ${one.nals.map(typeOf).join()}`;
    return one.codec.kind === 'h265' ? `config ${one.codec.widthPixels}x${one.codec.heightPixels}` : one.kind;
  });
}

const keyType = typeOf(key);
const aggregate = (...nals: Uint8Array[]) => [
  48 << 1,
  1,
  ...nals.flatMap((nal) => [nal.length >> 8, nal.length & 255, ...nal]),
];
const fragment = (nal: Uint8Array, from: number, to: number, flags: number) => [
  (49 << 1) | ((nal[0] ?? 0) & 1),
  nal[1] ?? 0,
  flags | typeOf(nal),
  ...nal.subarray(from, to),
];

describe('RFC 7798', () => {
  it('4.4.1: a single NAL unit', () => {
    assert.deepEqual(told(send(known, [[...key]])), [`frame key ${keyType}`]);
  });

  it('4.4.2: an aggregation packet', () => {
    assert.deepEqual(told(send({}, [aggregate(vps, sps, pps, key)])), [
      'config 64x64',
      `frame key 32,33,34,${keyType}`,
    ]);
  });

  it('4.4.3: fragments are put together to the NAL unit', () => {
    const [frame] = send(known, [
      fragment(slice, 2, 4, 0x80),
      fragment(slice, 4, 5, 0),
      fragment(slice, 5, slice.length, 0x40),
    ]);
    assert.ok(frame?.kind === 'frame' && !frame.key);
    assert.deepEqual([...(frame.nals[0] ?? [])], [...slice]);
  });

  it('4.4.1 to 4.4.3: decoding order numbers are read over when SDP says so', () => {
    const options = { ...known, hasDonl: true };
    const single = [...slice.subarray(0, 2), 0, 1, ...slice.subarray(2)];
    const [first, second] = [slice, laterSlice].map((nal) => [nal.length >> 8, nal.length & 255, ...nal]);
    const pair = [48 << 1, 1, 0, 1, ...first!, 0, ...second!];
    const start = fragment(slice, 2, 4, 0x80);
    const fragments = [
      [...start.slice(0, 3), 0, 1, ...start.slice(3)],
      fragment(slice, 4, slice.length, 0x40),
    ];
    for (const [payloads, count] of [
      [[single], 1],
      [[pair], 2],
      [fragments, 1],
    ] as const) {
      const [frame] = send(options, payloads);
      assert.ok(frame?.kind === 'frame');
      assert.deepEqual(
        frame.nals.map((nal) => [...nal]),
        [[...slice], [...laterSlice]].slice(0, count),
      );
    }
  });

  it('4.4.4: PACI costs its picture', () => {
    assert.deepEqual(told(send(known, [[50 << 1, 1, 2, 3], [...slice]])), ['fault PACI packet']);
  });

  const broken: [string, number[]][] = [
    ['the forbidden bit', [0x82, 1, 2]],
    ['half a header', [2]],
    ['an aggregate whose length leads past the end', [48 << 1, 1, 0, 9, 1]],
    ['a fragment without its header', [49 << 1, 1]],
    ['a fragment of a fragment', [49 << 1, 1, 0x80 | 49, 1]],
    ['a fragment that does not begin', fragment(slice, 2, 4, 0)],
  ];
  for (const [name, payload] of broken) {
    it(`${name} costs its picture, with one fault`, () => {
      const done = send(known, [payload, [...slice]]);
      assert.deepEqual(
        done.map((one) => one.kind),
        ['fault'],
      );
    });
  }
});

describe('the configuration', () => {
  it('known from SDP is told before the first picture', () => {
    const packet = { sequence: 0, time: 0, marker: true, lostBefore: 0, payload: slice };
    assert.deepEqual(told(new H265Depacketizer(known).push(packet)), ['config 64x64', 'frame 1']);
  });

  it('is waited for when nothing is known', () => {
    assert.deepEqual(told(send({}, [[...slice]])), ['fault picture before the parameter sets']);
  });
});

describe('an H.265 access unit', () => {
  it('leaves out delimiters, filler, end marks and other layers', () => {
    const delimiter = [35 << 1, 1, 0x50];
    const layer = [(1 << 1) | 0, (1 << 3) | 1, 0x80, 1];
    const done = send(known, [delimiter, [...slice], layer, [38 << 1, 1, 255], [36 << 1, 1]]);
    assert.deepEqual(told(done), ['frame 1']);
  });

  it('keeps a suffix SEI after its slices, not before the next ones', () => {
    const suffix = [40 << 1, 1, 132, 1, 1];
    assert.deepEqual(told(send(known, [[...slice], suffix])), ['frame 1,40']);
    assert.deepEqual(told(send(known, [suffix, [...slice]])), ['frame 1']);
  });

  for (const type of [16, 17, 18, 19, 20, 21]) {
    it(`with a slice of type ${type} is key`, () => {
      const [frame] = send(known, [[type << 1, 1, ...key.subarray(2)]]);
      assert.ok(frame?.kind === 'frame' && frame.key);
    });
  }
});

function framesOf(sent: readonly OrderedPacket[]): string[] {
  const depacketizer = new H265Depacketizer();
  return sent.flatMap((packet) => told(depacketizer.push(packet)));
}

describe('H.265 packets made by GStreamer', () => {
  it('give all six pictures', () => {
    const done = framesOf(packetsOf('gstreamer.rtp265'));
    assert.equal(done[0], 'config 128x96');
    assert.equal(done.filter((one) => one.startsWith('frame')).length, 6);
    assert.ok(done.some((one) => one.startsWith('frame key')));
    assert.ok(!done.some((one) => one.startsWith('fault')));
  });
});
