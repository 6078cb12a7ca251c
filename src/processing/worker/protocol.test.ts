import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { decodeInput, decodeUnit, encodeInput, encodeUnit, readFromWorker } from './protocol.ts';

const pipeline = fc.nat(2 ** 32 - 1);
const wallMs = fc.integer({ min: 0, max: 2 ** 42 });

describe('what server and media worker say to each other', () => {
  it('arrives as it was said: coded pictures to the worker', () => {
    const input = fc.record({
      key: fc.boolean(),
      alone: fc.boolean(),
      wallMs,
      before: fc.constantFrom(new Uint8Array(), Uint8Array.of(0, 0, 0, 1)),
      pieces: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(pipeline, input, (id, said) => {
        const heard = decodeInput(encodeInput(id, said));
        const bytes = said.pieces.flatMap((piece) => [...said.before, ...piece]);
        const { key, alone } = said;
        assert.deepEqual(heard, {
          pipeline: id,
          input: { key, alone, wallMs: said.wallMs, bytes: Uint8Array.from(bytes) },
        });
      }),
      { numRuns: 200 },
    );
  });

  it('arrives as it was said: coded pictures from the worker', () => {
    const unit = fc.record(
      {
        time: fc.maxSafeNat(),
        wallMs,
        key: fc.boolean(),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 50 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(pipeline, unit, (id, said) => {
        assert.deepEqual(decodeUnit(encodeUnit(id, said)), { pipeline: id, unit: said });
      }),
      { numRuns: 200 },
    );
  });

  it('may be anything when the worker has lost its mind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const before = Uint8Array.from(bytes);
        const heard = decodeUnit(bytes);
        assert.ok(heard === undefined || heard.unit.bytes.length === bytes.length - 21);
        assert.deepEqual(bytes, before);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (said) => void readFromWorker(said)));
  });
});
