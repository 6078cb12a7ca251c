import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { hertz, ticks, unixMs } from '../../../base/units.ts';
import type { Track } from '../../../media/track.ts';
import { readFromWorker } from './from-worker.ts';
import { decodePacket, decodeUnit, encodePacket, encodeUnit, plainTrack, readTrack } from './protocol.ts';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });

const plain = (nal: Uint8Array): number[] => Array.from(nal);

describe('what the server and the worker say', () => {
  it('units arrive as they were sent', () => {
    fc.assert(
      fc.property(
        fc.record({
          stream: fc.nat(0xffff_ffff),
          pts: fc.maxSafeNat(),
          wallMs: fc.maxSafeNat(),
          key: fc.boolean(),
        }),
        fc.array(bytes, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('video', 'audio'),
        ({ stream, pts, wallMs, key }, nals, lane) => {
          const unit = { track: 3, pts: ticks(pts), dts: ticks(pts), wallMs: unixMs(wallMs), key, nals };
          const message = encodeUnit(stream, lane, unit);
          assert.ok(message);
          const got = decodeUnit(message);
          assert.deepEqual(
            [got.stream, got.lane, got.unit.pts, got.unit.wallMs, got.unit.key],
            [stream, lane, pts, wallMs, key],
          );
          assert.deepEqual(got.unit.nals.map(plain), nals.map(plain));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('tracks arrive with their parameter sets, which are Buffers at times', () => {
    fc.assert(
      fc.property(bytes, fc.array(bytes, { maxLength: 3 }), fc.boolean(), (sps, pps, asBuffer) => {
        const given = (set: Uint8Array): Uint8Array => (asBuffer ? Buffer.from(set) : set);
        const track = (made: (set: Uint8Array) => Uint8Array): Track => ({
          id: 0,
          clockHz: hertz(90_000),
          codec: {
            kind: 'h264',
            sps: made(sps),
            pps: pps.map(made),
            widthPixels: 640,
            heightPixels: 360,
            framesPerSecond: 25,
            codecString: 'avc1.42c01e',
            reorderFrames: 0,
          },
        });
        assert.deepEqual(
          readTrack(plainTrack(track(given))),
          track((set) => set),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('packets arrive, and what is too short is none', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), bytes, (connection, packet) => {
        const got = decodePacket(encodePacket(connection, packet));
        assert.deepEqual([got?.connection, Array.from(got?.packet ?? [])], [connection, Array.from(packet)]);
      }),
      { numRuns: 30 },
    );
    for (let length = 0; length <= 4; length += 1)
      assert.equal(decodePacket(new Uint8Array(length)), undefined);
  });

  it('anything a worker says is read or refused', () => {
    fc.assert(
      fc.property(fc.anything(), (message) => {
        const read = readFromWorker(message);
        assert.ok(read === undefined || typeof read.type === 'string');
      }),
      { numRuns: 200 },
    );
  });

  it('an answer that would put lines of its own into a description is refused', () => {
    const local = {
      iceUfrag: 'abcd',
      icePwd: 'a'.repeat(22),
      fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
      setup: 'active',
      candidates: ['1 1 UDP 1 127.0.0.1 9 typ host'],
    };
    assert.ok(readFromWorker({ type: 'answer', connection: 1, local }));
    for (const evil of [
      { iceUfrag: 'abcd\r\na=x' },
      { icePwd: `${'a'.repeat(22)}\n` },
      { candidates: ['1 1 UDP 1 127.0.0.1 9 typ host\r\na=x'] },
      { setup: 'actpass' },
    ]) {
      assert.equal(
        readFromWorker({ type: 'answer', connection: 1, local: { ...local, ...evil } }),
        undefined,
      );
    }
  });
});
