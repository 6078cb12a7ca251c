import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Depacketized, OrderedPacket } from '../../rtp/payload.ts';
import { joinAnnexB, maxNalsPerUnit } from '../nal-units.ts';
import { asPackets, lose } from '../arbitrary.testing.ts';
import { nalsOf, packetsOf } from '../streams.testing.ts';
import { maxAccessUnitBytes } from '../video-limits.ts';
import { h264Config } from './config.ts';
import { H264Depacketizer, picturesBeforeRecoveryPointIsKey } from './depacketize.ts';
import type { H264DepacketizerOptions } from './depacketize.ts';
import { nalType, typeOf } from './nal.ts';
import { packetizeH264 } from './packetize.ts';

const stream = nalsOf('x264-baseline.h264');
const ofType = (type: number, nals = stream) => nals.find((nal) => typeOf(nal) === type) ?? new Uint8Array();
const sps = ofType(nalType.sps);
const pps = ofType(nalType.pps);
const sei = ofType(nalType.sei);
const idr = ofType(nalType.idr);
const slice = ofType(nalType.slice);
/** A slice of the same picture that does not begin at its first macroblock. */
const laterSlice = Uint8Array.of(0x41, 0b0101_1000, 7);
const delimiter = Uint8Array.of(9, 0xf0);

interface Sent {
  time?: number;
  marker?: boolean;
  lostBefore?: number;
}

/** Feeds packets one by one with rising sequence numbers. */
class Camera {
  readonly #depacketizer: H264Depacketizer;
  #sequence = 100;

  constructor(options: H264DepacketizerOptions = {}) {
    this.#depacketizer = new H264Depacketizer(options);
  }

  send(payload: Uint8Array | readonly number[], sent: Sent = {}): readonly Depacketized[] {
    const { time = 0, marker = false, lostBefore = 0 } = sent;
    this.#sequence += 1 + lostBefore;
    const packet = { sequence: this.#sequence, time, marker, lostBefore, payload: Uint8Array.from(payload) };
    return this.#depacketizer.push(packet);
  }
}

/** One that has sent its parameter sets by SDP, and one picture. */
function camera(afterLoss: 'continue' | 'skip-to-key' = 'continue'): Camera {
  const config = h264Config(sps, [pps]);
  assert.ok(config.ok);
  const cam = new Camera({ config: config.value, afterLoss });
  cam.send(slice, { time: -1, marker: true });
  return cam;
}

/** As short text: `frame@0 key 7,8,5`, `config 64x48`, `fault reason`. */
function told(done: readonly Depacketized[]): string[] {
  return done.map((one) => {
    if (one.kind === 'fault') return `fault ${one.reason}`;
    if (one.kind === 'frame')
      return `frame@${one.time}${one.key ? ' key' : ''} ${one.nals.map(typeOf).join()}`;
    return one.codec.kind === 'h264' ? `config ${one.codec.widthPixels}x${one.codec.heightPixels}` : one.kind;
  });
}

const stapA = (...nals: Uint8Array[]) => [
  24,
  ...nals.flatMap((nal) => [nal.length >> 8, nal.length & 255, ...nal]),
];
/** FU-A with a part of a NAL unit. */
const fuA = (nal: Uint8Array, from: number, to: number, flags: number) => [
  ((nal[0] ?? 0) & 0xe0) | 28,
  flags | typeOf(nal),
  ...nal.subarray(from, to),
];
const first = 0x80;
const last = 0x40;

describe('RFC 6184', () => {
  it('5.6: a single NAL unit with the marker is an access unit', () => {
    assert.deepEqual(told(camera().send(idr, { marker: true })), ['frame@0 key 5']);
  });

  it('5.7.1: STAP-A carries several', () => {
    assert.deepEqual(told(new Camera().send(stapA(sps, pps, idr), { marker: true })), [
      'config 64x48',
      'frame@0 key 7,8,5',
    ]);
  });

  it('5.8: FU-A fragments are put together to the NAL unit', () => {
    const cam = camera();
    cam.send(fuA(slice, 1, 3, first));
    cam.send(fuA(slice, 3, 4, 0));
    const [frame] = cam.send(fuA(slice, 4, slice.length, last), { marker: true });
    assert.ok(frame?.kind === 'frame');
    assert.deepEqual([...(frame.nals[0] ?? [])], [...slice]);
  });

  for (const type of [25, 26, 27, 29]) {
    it(`6.4: type ${type} of the interleaved mode costs its picture and nothing more`, () => {
      const cam = camera();
      assert.deepEqual(told(cam.send([type, 0, 0, 1, 1])), [
        `fault packet type ${type} of the interleaved mode`,
      ]);
      assert.deepEqual(told(cam.send(slice, { marker: true })), []);
      assert.deepEqual(told(cam.send(slice, { time: 1, marker: true })), ['frame@1 1']);
    });
  }

  it('5.2: undefined types are left out and told', () => {
    const cam = camera();
    assert.deepEqual(told(cam.send([30, 1, 2])), ['fault packet of the undefined type 30']);
    assert.deepEqual(told(cam.send(slice, { marker: true })), ['frame@0 1']);
  });

  const broken: [string, number[]][] = [
    ['the forbidden bit', [0x85, 1, 2]],
    ['a STAP-A whose length leads past the end', [24, 0, 9, 1]],
    ['a STAP-A that ends inside a length', [24, 0, 1, 9, 0]],
    ['a FU-A without its header', [28]],
    ['a FU-A of type 28', [28, 0x80 | 28, 1]],
    ['a FU-A that does not begin', [...fuA(slice, 1, 3, 0)]],
  ];
  for (const [name, payload] of broken) {
    it(`${name} costs its picture, with one fault`, () => {
      const cam = camera();
      const done = cam.send(payload);
      assert.equal(done.length, 1);
      assert.equal(done[0]?.kind, 'fault');
      assert.deepEqual(told(cam.send(slice, { marker: true })), []);
    });
  }

  it('a fault names the packet', () => {
    const cam = camera();
    cam.send(slice, { marker: true });
    const [fault] = cam.send([28], { time: 1 });
    assert.ok(fault?.kind === 'fault');
    assert.equal(fault.sequence, 103);
  });
});

describe('a camera that', () => {
  it('marks SPS, PPS and SEI does not end the access unit there', () => {
    const cam = new Camera();
    for (const nal of [sps, pps, sei]) assert.deepEqual(told(cam.send(nal, { marker: true })), []);
    assert.deepEqual(told(cam.send(idr, { marker: true })), ['config 64x48', 'frame@0 key 7,8,6,5']);
  });

  it('stamps parameter sets with a time of their own still gives one access unit', () => {
    const cam = new Camera();
    cam.send(sps, { time: 1, marker: true });
    cam.send(pps, { time: 1, marker: true });
    assert.deepEqual(told(cam.send(idr, { time: 2, marker: true })), ['config 64x48', 'frame@2 key 7,8,5']);
  });

  it('never sets the marker ends an access unit with the next time', () => {
    const cam = camera();
    cam.send(idr, { time: 0 });
    assert.deepEqual(told(cam.send(slice, { time: 1 })), ['frame@0 key 5']);
    assert.deepEqual(told(cam.send(slice, { time: 2 })), ['frame@1 1']);
  });

  it('marks every slice is understood after its first picture', () => {
    const cam = camera();
    assert.deepEqual(told(cam.send(slice, { time: 0, marker: true })), ['frame@0 1']);
    assert.deepEqual(told(cam.send(laterSlice, { time: 0, marker: true })), [
      'fault marker inside a picture',
    ]);
    cam.send(slice, { time: 1, marker: true });
    cam.send(laterSlice, { time: 1, marker: true });
    assert.deepEqual(told(cam.send(slice, { time: 2, marker: true })), ['frame@1 1,1']);
  });

  it('never sets the end bit ends a NAL unit where something else begins', () => {
    const cam = camera();
    cam.send(fuA(slice, 1, 3, first));
    cam.send(fuA(slice, 3, slice.length, 0), { marker: true });
    const [frame] = cam.send(fuA(slice, 1, 3, first), { time: 1 });
    assert.ok(frame?.kind === 'frame');
    assert.deepEqual([...(frame.nals[0] ?? [])], [...slice]);
    cam.send(fuA(slice, 3, slice.length, 0), { time: 1 });
    cam.send(fuA(laterSlice, 1, laterSlice.length, first), { time: 1 });
    assert.deepEqual(told(cam.send(slice, { time: 2, marker: true })), ['frame@1 1,1', 'frame@2 1']);
  });

  it('alternates its PPS from picture to picture does not change its configuration each time', () => {
    const cam = camera();
    const otherPps = Uint8Array.from([...pps.subarray(0, -1), (pps.at(-1) ?? 0) ^ 0x10]);
    cam.send(stapA(sps, pps, idr), { marker: true });
    for (let time = 1; time < 6; time += 1) {
      const done = cam.send(stapA(time % 2 === 0 ? pps : otherPps, slice), { time, marker: true });
      assert.deepEqual(told(done), [`frame@${time} 8,1`]);
    }
  });

  it('puts a byte stream into one packet is split at its start codes', () => {
    const bytes = joinAnnexB([sps, pps, idr]);
    assert.deepEqual(told(new Camera().send(bytes.subarray(4), { marker: true })), [
      'config 64x48',
      'frame@0 key 7,8,5',
    ]);
    assert.deepEqual(told(new Camera().send([...joinAnnexB([sps]).subarray(4), 0, 0, 0])), []);
  });

  it('puts a byte stream into fragments is split as well', () => {
    const cam = new Camera();
    const bytes = joinAnnexB([sps, pps, idr]).subarray(4);
    cam.send(fuA(bytes, 1, 30, first));
    const done = cam.send(fuA(bytes, 30, bytes.length, last), { marker: true });
    assert.deepEqual(told(done), ['config 64x48', 'frame@0 key 7,8,5']);
  });

  it('sends empty NAL units and empty packets is not blamed', () => {
    const cam = camera();
    assert.deepEqual(told(cam.send([])), []);
    assert.deepEqual(told(cam.send(stapA(new Uint8Array(), slice))), []);
    assert.deepEqual(told(cam.send([], { marker: true })), ['frame@0 1']);
  });

  it('sends delimiters, filler and end marks gets an access unit without them', () => {
    const cam = camera();
    cam.send(delimiter);
    cam.send(slice);
    cam.send([12, 255, 255, 128]);
    assert.deepEqual(told(cam.send([11], { marker: true })), ['frame@0 1']);
  });

  it('has no IDR pictures is started at recovery points after a while', () => {
    const nals = nalsOf('x264-intra-refresh.h264').filter((nal) => typeOf(nal) !== nalType.idr);
    const cam = new Camera();
    const keys: number[] = [];
    let pictures = 0;
    let pending: Uint8Array[] = [];
    for (const nal of nals) {
      pending.push(nal);
      if (typeOf(nal) !== nalType.slice) continue;
      pictures += 1;
      const done = cam.send(stapA(...pending), { time: pictures, marker: true });
      if (done.some((one) => one.kind === 'frame' && one.key)) keys.push(pictures);
      pending = [];
    }
    assert.equal(picturesBeforeRecoveryPointIsKey, 50);
    assert.deepEqual(keys, [60, 70]); // the encoder announces one every ten pictures
  });

  it('has IDR pictures is not started at recovery points', () => {
    const nals = nalsOf('x264-intra-refresh.h264');
    const depacketizer = new H264Depacketizer();
    const frames: Depacketized[] = [];
    let pending: Uint8Array[] = [];
    let time = 0;
    for (const nal of nals) {
      pending.push(nal);
      if (typeOf(nal) !== nalType.slice && typeOf(nal) !== nalType.idr) continue;
      time += 1;
      for (const packet of asPackets(packetizeH264(pending, 1200), time, time)) {
        frames.push(...depacketizer.push(packet));
      }
      pending = [];
    }
    assert.equal(frames.filter((one) => one.kind === 'frame' && one.key).length, 1);
  });
});

describe('parameter sets in-band', () => {
  const other = nalsOf('x264-slices.h264');
  const otherSets = [ofType(nalType.sps, other), ofType(nalType.pps, other)] as const;

  it('are not needed when SDP had them, and told before the first picture', () => {
    const config = h264Config(sps, [pps]);
    assert.ok(config.ok);
    const cam = new Camera({ config: config.value });
    assert.deepEqual(told(cam.send(slice, { marker: true })), ['config 64x48', 'frame@0 1']);
    assert.deepEqual(told(cam.send(idr, { time: 1, marker: true })), ['frame@1 key 5']);
  });

  it('that repeat what is known change nothing', () => {
    assert.deepEqual(told(camera().send(stapA(sps, pps, idr), { marker: true })), ['frame@0 key 7,8,5']);
  });

  it('that differ are told before the picture they are for', () => {
    const done = camera().send(stapA(...otherSets, ofType(nalType.idr, other)), { marker: true });
    assert.deepEqual(told(done), ['config 64x96', 'frame@0 key 7,8,5']);
  });

  it('are learned from a picture that is lost', () => {
    const cam = camera();
    cam.send(stapA(...otherSets));
    assert.deepEqual(told(cam.send(idr, { lostBefore: 1 })), ['fault 1 packets lost']);
    assert.deepEqual(told(cam.send(idr, { time: 1, marker: true })), ['config 64x96', 'frame@1 key 5']);
  });

  it('that are nonsense are told and not passed on', () => {
    const done = camera().send(stapA(Uint8Array.of(0x67, 1, 2), idr), { marker: true });
    assert.deepEqual(told(done), ['fault sequence parameter set cut off', 'frame@0 key 5']);
  });

  it('are waited for when nothing is known', () => {
    assert.deepEqual(told(new Camera().send(idr, { marker: true })), [
      'fault picture before the parameter sets',
    ]);
  });
});

describe('after a loss', () => {
  it('the picture in hand is thrown away and the next one delivered', () => {
    const cam = camera();
    cam.send(fuA(slice, 1, 4, first), { time: 1 });
    assert.deepEqual(told(cam.send(fuA(slice, 5, 9, last), { time: 1, marker: true, lostBefore: 2 })), [
      'fault 2 packets lost',
    ]);
    assert.deepEqual(told(cam.send(slice, { time: 2, marker: true })), ['frame@2 1']);
  });

  it('a picture whose first slice is missing is thrown away', () => {
    const cam = camera();
    cam.send(slice, { time: 1, marker: true });
    assert.deepEqual(told(cam.send(laterSlice, { time: 2, marker: true, lostBefore: 1 })), [
      'fault 1 packets lost',
      'fault picture without its beginning',
    ]);
  });

  it('a whole picture is delivered', () => {
    const cam = camera();
    cam.send(slice, { time: 1, marker: true });
    assert.deepEqual(told(cam.send(slice, { time: 3, marker: true, lostBefore: 4 })), [
      'fault 4 packets lost',
      'frame@3 1',
    ]);
  });

  it('skip-to-key throws away what refers to lost pictures', () => {
    const cam = camera('skip-to-key');
    cam.send(slice, { time: 1, marker: true });
    assert.deepEqual(told(cam.send(slice, { time: 3, marker: true, lostBefore: 1 })), [
      'fault 1 packets lost',
      'fault picture refers to a lost one',
    ]);
    assert.deepEqual(told(cam.send(idr, { time: 4, marker: true })), ['frame@4 key 5']);
    assert.deepEqual(told(cam.send(slice, { time: 5, marker: true })), ['frame@5 1']);
  });
});

describe('limits', () => {
  it('an access unit of too many bytes is given up', () => {
    const cam = camera();
    const part = new Uint8Array(60_000).fill(1);
    const done = [...cam.send([28, first | 1, ...part])];
    for (let bytes = 0; bytes < maxAccessUnitBytes; bytes += part.length)
      done.push(...cam.send([28, 1, ...part]));
    assert.deepEqual(told(done), ['fault access unit too large']);
    assert.deepEqual(told(cam.send(slice, { time: 1, marker: true })), ['frame@1 1']);
  });

  it('an access unit of too many NAL units is given up', () => {
    const cam = camera();
    const done: Depacketized[] = [];
    for (let i = 0; i <= maxNalsPerUnit; i += 1) done.push(...cam.send(sei));
    assert.deepEqual(told(done), ['fault access unit of too many NAL units']);
  });
});

function framesOf(sent: readonly OrderedPacket[]): string[] {
  const depacketizer = new H264Depacketizer();
  return sent.flatMap((packet) => told(depacketizer.push(packet)));
}

/** The time and the slices of a picture, as `told` puts it. */
function slicesOf(frame: string): string {
  return frame.replace(/( key)? ((6|7|8),)*/, ' ');
}

describe('packets made by GStreamer', () => {
  const packets = packetsOf('gstreamer.rtp264');

  it('give all six pictures', () => {
    const done = framesOf(packets);
    assert.equal(done[0], 'config 128x96');
    assert.equal(done.filter((one) => one.startsWith('frame')).length, 6);
    assert.equal(done.filter((one) => one.includes('key')).length, 2);
    assert.ok(!done.some((one) => one.startsWith('fault')));
  });

  it('with any one lost give at least the other pictures, and a fault', () => {
    const whole = new Set(framesOf(packets).map(slicesOf));
    for (let i = 1; i < packets.length - 1; i += 1) {
      const done = framesOf(lose(packets, new Set([i])));
      assert.ok(done.includes('fault 1 packets lost'));
      const frames = done.filter((one) => one.startsWith('frame'));
      assert.ok(frames.length >= 5);
      assert.ok(frames.every((frame) => whole.has(slicesOf(frame))));
    }
  });
});
