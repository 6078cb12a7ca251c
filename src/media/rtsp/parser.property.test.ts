import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { writeInterleaved, writeRequest, writeResponse } from './message.ts';
import { RtspParser, type RtspItem } from './parser.ts';

const name = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,10}$/).filter((text) => !/^content-length$/i.test(text));
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const headers = fc.array(fc.tuple(name, value), { maxLength: 5 });
const body = fc.uint8Array({ maxLength: 60 });
const request = fc.record({
  method: fc.constantFrom('OPTIONS', 'GET_PARAMETER', 'PLAY'),
  url: fc.constantFrom('*', 'rtsp://h/a?b=c'),
  headers,
  body,
});
const response = fc.record({ status: fc.integer({ min: 100, max: 599 }), reason: value, headers, body });
const frame = fc.record({ channel: fc.nat(255), payload: fc.uint8Array({ maxLength: 80 }) });

const message = fc.oneof(
  request.map(writeRequest),
  response.map(writeResponse),
  frame.map(({ channel, payload }) => writeInterleaved(channel, payload)),
);
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc
    .constantFrom('$', '\r\n', 'RTSP/1.0 2', 'RTSP/1.', 'A', '$\u0001\u0000')
    .map((text) => new TextEncoder().encode(text)),
);
const stream = fc
  .array(fc.oneof({ weight: 3, arbitrary: message }, garbage), { maxLength: 12 })
  .map((parts) => Uint8Array.from(Buffer.concat(parts)));
const cuts = fc.array(fc.nat(40), { maxLength: 60 });

function read(bytes: Uint8Array, lengths: readonly number[], resynchronise: boolean): readonly RtspItem[] {
  const parser = new RtspParser({ resynchronise });
  const items: RtspItem[] = [];
  let at = 0;
  for (const length of lengths) {
    items.push(...parser.push(bytes.slice(at, at + length)));
    at += length;
  }
  items.push(...parser.push(bytes.slice(at)));
  return structuredClone(items);
}

test('any bytes, cut anywhere: the same items, no throw, input unchanged', () => {
  fc.assert(
    fc.property(stream, cuts, fc.boolean(), (bytes, lengths, resynchronise) => {
      const before = bytes.slice();
      const whole = read(bytes, [], resynchronise);
      assert.deepEqual(read(bytes, lengths, resynchronise), whole);
      assert.deepEqual(
        read(
          bytes,
          Array.from(bytes, () => 1),
          resynchronise,
        ),
        whole,
      );
      assert.deepEqual(bytes, before);
    }),
    { numRuns: 500 },
  );
});

test('what is written is read again', () => {
  fc.assert(
    fc.property(request, response, frame, (sentRequest, sentResponse, sentFrame) => {
      const bytes = Buffer.concat([
        writeRequest(sentRequest),
        writeInterleaved(sentFrame.channel, sentFrame.payload),
        writeResponse(sentResponse),
      ]);
      const withLength = (sent: typeof sentRequest.headers, body: Uint8Array): [string, string][] =>
        body.length === 0 ? sent : [...sent, ['Content-Length', String(body.length)]];
      assert.deepEqual(
        structuredClone(new RtspParser({ resynchronise: false }).push(Uint8Array.from(bytes))),
        [
          { kind: 'request', ...sentRequest, headers: withLength(sentRequest.headers, sentRequest.body) },
          { kind: 'frame', ...sentFrame },
          { kind: 'response', ...sentResponse, headers: withLength(sentResponse.headers, sentResponse.body) },
        ],
      );
    }),
    { numRuns: 200 },
  );
});
