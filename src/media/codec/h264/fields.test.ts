import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { H264Depacketizer } from './depacketize.ts';
import { typeOf } from './nal.ts';

// Parameter sets and slices, bit by bit: no encoder at hand codes fields as pictures (H.264, 7.3.2.1.1, 7.3.2.2, 7.3.3).
function ue(value: number): string {
  const bits = (value + 1).toString(2);
  return '0'.repeat(bits.length - 1) + bits;
}

/** With the stop bit. */
function nal(header: number, bits: string): Uint8Array {
  const bytes = `${bits}1`.match(/.{1,8}/g) ?? [];
  return Uint8Array.of(header, ...bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2)));
}

const profileAndLevel = [77, 0, 40].map((byte) => byte.toString(2).padStart(8, '0')).join('');
// 1920x1088; fields, no cropping, no VUI
const sizes = `${ue(119)}${ue(33)}00100`;
// id, 4 bits of frame number, order type 2, one reference, no gaps
const sps = nal(0x67, `${profileAndLevel}${ue(0)}${ue(0)}${ue(2)}${ue(1)}0${sizes}`);
const pps = nal(0x68, ue(0) + ue(0));

function coded(header: number, firstMacroblock: number, structure: '0' | '10' | '11'): Uint8Array {
  return nal(header, `${ue(firstMacroblock)}${ue(7)}${ue(0)}0001${structure}1010101`);
}
const top = coded(0x65, 0, '10');
const laterTop = coded(0x65, 60, '10');
const bottom = coded(0x41, 0, '11');
const wholeFrame = coded(0x41, 0, '0');

/** One that has sent its parameter sets. What comes back is as `frame@0 key 7,8,5`. */
function fieldCamera() {
  const depacketizer = new H264Depacketizer();
  let sequence = 0;
  const send = (payload: Uint8Array, time: number, marker: boolean): string[] => {
    sequence += 1;
    const done = depacketizer.push({ sequence, time, marker, lostBefore: 0, payload });
    return done.map((one) => {
      if (one.kind !== 'frame') return one.kind;
      return `frame@${one.time}${one.key ? ' key' : ''} ${one.nals.map(typeOf).join()}`;
    });
  };
  send(sps, 0, false);
  send(pps, 0, false);
  return send;
}

describe('a camera that codes fields', () => {
  it('gives both fields of a time as one access unit, each with a marker', () => {
    const send = fieldCamera();
    send(top, 0, false);
    assert.deepEqual(send(laterTop, 0, true), []);
    assert.deepEqual(send(bottom, 0, true), ['config', 'frame@0 key 7,8,5,5,1']);
    assert.deepEqual(send(bottom, 1, true), []);
    assert.deepEqual(send(coded(0x41, 0, '10'), 1, true), ['frame@1 1,1']);
  });

  it('gives a field without its other one when another time comes', () => {
    const send = fieldCamera();
    send(top, 0, true);
    assert.deepEqual(send(wholeFrame, 1, true), ['config', 'frame@0 key 7,8,5', 'frame@1 1']);
  });

  it('is not made to wait where it codes whole frames', () => {
    const send = fieldCamera();
    send(top, 0, false);
    send(bottom, 0, true);
    assert.deepEqual(send(wholeFrame, 1, true), ['frame@1 1']);
  });
});
