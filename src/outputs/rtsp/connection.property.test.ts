import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { testUnit } from '../../hub/testing.ts';
import { HandServer } from './connection.testing.ts';

const methods = [
  'OPTIONS',
  'DESCRIBE',
  'ANNOUNCE',
  'SETUP',
  'PLAY',
  'PAUSE',
  'RECORD',
  'GET_PARAMETER',
  'SET_PARAMETER',
  'TEARDOWN',
];
const description =
  'v=0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n';
const urls = [
  '*',
  'rtsp://host/cam_1',
  'rtsp://host/cam_1/trackID=0',
  'rtsp://host/cam_1/trackID=1',
  'rtsp://h/%zz',
];
const fields = [
  'Transport: RTP/AVP/TCP;unicast;interleaved=0-1',
  'Transport: RTP/AVP/TCP;unicast;interleaved=200-7',
  'Transport: RTP/AVP;multicast',
  'Session: session1',
  'Session: other',
  'Range: npt=0-',
  'Require: x',
  'Authorization: Digest username="a"',
];

const request = fc
  .record({
    method: fc.constantFrom(...methods),
    url: fc.constantFrom(...urls),
    fields: fc.subarray(fields),
    body: fc.constantFrom('', description),
  })
  .map(({ method, url, fields: chosen, body }) => {
    const sized = body === '' ? [] : ['Content-Type: application/sdp', `Content-Length: ${body.length}`];
    return Buffer.from([`${method} ${url} RTSP/1.0`, 'CSeq: 1', ...chosen, ...sized, '', body].join('\r\n'));
  });
const frame = fc
  .tuple(fc.nat(255), fc.uint8Array({ maxLength: 60 }))
  .map(([channel, payload]) => Buffer.from([0x24, channel, 0, payload.length, ...payload]));
/** A real request with a few bytes changed. */
const mutated = fc
  .tuple(request, fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }))
  .map(([bytes, changes]) => {
    const copy = Buffer.from(bytes);
    for (const [at, value] of changes) copy[at % copy.length] = value;
    return copy;
  });
const piece = fc.oneof(
  { weight: 6, arbitrary: request },
  { weight: 2, arbitrary: mutated },
  { weight: 2, arbitrary: frame },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
);

describe('a connection', () => {
  it('survives any bytes and any order of requests, frees all, and disturbs nobody', async () => {
    const run = fc.asyncProperty(fc.array(piece, { maxLength: 25 }), async (pieces) => {
      const server = new HandServer();
      const bystander = server.connect();
      await bystander.play();
      const rude = server.connect();
      for (const [index, bytes] of pieces.entries()) {
        rude.connection.receive(bytes);
        server.stream.unit(testUnit(1_700_000_000 + index, true));
        rude.connection.check();
        await turn();
      }
      const answered = bystander.packets(0).map((packet) => Buffer.from(packet).readUInt16BE(2));
      assert.ok(answered.every((number, at) => at === 0 || number === (answered[at - 1] ?? 0) + 1));
      assert.ok(answered.length >= pieces.length, 'the bystander got every picture');
      const wrong = rude.socket.writes.filter((bytes) =>
        Buffer.from(bytes).toString('latin1').startsWith('RTSP/1.0 500'),
      );
      assert.equal(wrong.length, 0, 'no request may fail for a reason of ours');
      rude.connection.closed();
      assert.deepEqual([server.stream.viewers.count, server.holders, rude.closed], [1, 1, 1]);
      bystander.connection.closed();
      assert.equal(server.clock.timers, 1, 'only the reports of the stream');
    });
    await fc.assert(run, { numRuns: 150 });
  });
});
