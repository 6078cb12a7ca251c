import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { headerBytes, maxPayloadBytes, messageHeader, MessageParser } from './framing.ts';
import type { WorkerMessage } from './framing.ts';

const message = fc.record({ kind: fc.nat({ max: 255 }), payload: fc.uint8Array({ maxLength: 300 }) });

describe('messages over a pipe', () => {
  it('arrive whole and in order, however the pipe cuts them', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 200 })),
        (messages, cuts) => {
          const bytes = Buffer.concat(
            messages.flatMap(({ kind, payload }) => [header(kind, payload), payload]),
          );
          const parser = new MessageParser();
          const got: WorkerMessage[] = [];
          for (let at = 0; at < bytes.length;) {
            const chunk = bytes.subarray(at, at + (cuts.next().value ?? 1));
            const parsed = parser.push(chunk);
            assert.ok(parsed.ok);
            got.push(...parsed.value);
            at += chunk.length;
          }
          assert.deepEqual(got.map(plain), messages.map(plain));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('never throws on any bytes, gives bounded output and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 }), (chunks) => {
        const before = chunks.map((chunk) => chunk.slice());
        const parser = new MessageParser();
        let fed = 0;
        let got = 0;
        for (const chunk of chunks) {
          const parsed = parser.push(chunk);
          fed += chunk.length;
          if (!parsed.ok) break;
          for (const { payload } of parsed.value) got += headerBytes + payload.length;
          assert.ok(got <= fed);
        }
        assert.deepEqual(chunks, before);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a length above the limit, and everything after it', () => {
    const parser = new MessageParser();
    assert.equal(parser.push(messageHeader(16, maxPayloadBytes + 1)).ok, false);
    assert.equal(parser.push(messageHeader(16, 0)).ok, false);
  });
});

function header(kind: number, payload: Uint8Array): Uint8Array {
  return messageHeader(kind, payload.length);
}

function plain({ kind, payload }: WorkerMessage): { kind: number; payload: number[] } {
  return { kind, payload: [...payload] };
}
