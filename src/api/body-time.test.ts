/** How long a request may take to arrive, on a real socket. */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { allowLongBody, limitBodyTime } from './body-time.ts';

const limitMs = 200;

let app: FastifyInstance;
before(async () => {
  app = Fastify({ requestTimeout: 0 });
  limitBodyTime(app, limitMs);
  app.post('/short', (request) => ({ body: request.body }));
  app.post('/long', {
    onRequest: (request, _reply, done) => {
      allowLongBody(request.raw);
      done();
    },
    handler: (request) => ({ body: request.body }),
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
});
after(() => app.close());

/** Sends a body of four bytes, the last one much later; resolves to what came back until the connection ended. */
async function sendSlowly(path: string): Promise<string> {
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.on('error', () => undefined); // closed while we write
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: text/plain\r\n`;
  socket.write(`${head}content-length: 4\r\n\r\nabc`);
  await pause(limitMs * 3);
  socket.write('d');
  await closed;
  return answer;
}

describe('a body that comes slowly', () => {
  it('ends the connection', async () => assert.equal(await sendSlowly('/short'), ''));
  it('is waited for where that was allowed', async () =>
    assert.match(await sendSlowly('/long'), /"body":"abcd"/));
});
