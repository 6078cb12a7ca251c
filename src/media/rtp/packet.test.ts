import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseRtp, writeRtp, type RtpFault, type RtpPacket } from './packet.ts';

const fixed = [0x80, 0xe0, 0x12, 0x34, 0xff, 0xff, 0xff, 0xfe, 0xde, 0xad, 0xbe, 0xef];
const at = (index: number, value: number, bytes: number[] = fixed): number[] => bytes.with(index, value);

describe('RFC 3550, 5.1', () => {
  const read: [string, number[], Partial<RtpPacket>][] = [
    [
      'the fixed header',
      [...fixed, 1, 2],
      {
        payloadType: 96,
        marker: true,
        sequence: 0x1234,
        timestamp: 0xffff_fffe,
        ssrc: 0xdeadbeef,
        payload: Uint8Array.of(1, 2),
      },
    ],
    ['no payload', fixed, { payload: new Uint8Array(0) }],
    ['padding is cut off', [...at(0, 0xa0), 1, 0, 0, 3], { payload: Uint8Array.of(1) }],
    ['nothing but padding', [...at(0, 0xa0), 0, 2], { payload: new Uint8Array(0) }],
    ['contributing sources are skipped', [...at(0, 0x81), 9, 9, 9, 9, 5], { payload: Uint8Array.of(5) }],
    [
      'the extension is skipped (5.3.1)',
      [...at(0, 0x90), 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 5],
      { payload: Uint8Array.of(5) },
    ],
  ];
  for (const [name, bytes, expected] of read) {
    test(name, () => {
      const result = parseRtp(Uint8Array.from(bytes));
      assert(result.ok);
      assert.deepEqual({ ...result.value, ...expected }, result.value);
    });
  }

  const refused: [RtpFault, number[]][] = [
    ['too-short', fixed.slice(1)],
    ['wrong-version', at(0, 0x40)],
    ['csrc-cut-off', at(0, 0x81)],
    ['extension-cut-off', [...at(0, 0x90), 0, 0]],
    ['extension-cut-off', [...at(0, 0x90), 0, 0, 0, 1]],
    ['bad-padding', [...at(0, 0xa0), 0]],
    ['bad-padding', [...at(0, 0xa0), 2]],
  ];
  for (const [fault, bytes] of refused) {
    test(`refused: ${fault}, ${String(bytes.length)} bytes`, () => {
      assert.deepEqual(parseRtp(Uint8Array.from(bytes)), { ok: false, error: fault });
    });
  }
});

test('any bytes: no throw, payload within the input, input unchanged', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, versionTwo) => {
      if (versionTwo && bytes.length > 0) bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80;
      const before = bytes.slice();
      const result = parseRtp(bytes);
      assert.deepEqual(bytes, before);
      if (result.ok) assert.equal(result.value.payload.buffer, bytes.buffer);
    }),
  );
});

test('what is written is read again', () => {
  const packet = fc.record({
    payloadType: fc.nat(127),
    marker: fc.boolean(),
    sequence: fc.nat(0xffff),
    timestamp: fc.nat(0xffff_ffff),
    ssrc: fc.nat(0xffff_ffff),
    payload: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(packet, (written) => {
      const result = parseRtp(writeRtp(written));
      assert(result.ok);
      assert.deepEqual({ ...result.value, payload: result.value.payload.slice() }, structuredClone(written));
    }),
  );
});
