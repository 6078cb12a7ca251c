/** Pictures of the past over HTTP: whoever drags a pointer asks for hundreds of them on one connection. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { cameraId } from '../base/ids.ts';
import { ok } from '../base/result.ts';
import { unixMs } from '../base/units.ts';
import type { ScrubParts } from './routes/scrub.ts';
import { localOperator } from '../accounts/access.ts';
import { enforcePolicy } from './policy.ts';
import { scrubRoutes } from './routes/scrub.ts';

const camera = cameraId(new Uint8Array(16));
const jpeg = { bytes: Uint8Array.of(0xff, 0xd8, 0xff, 0xd9), widthPixels: 2, heightPixels: 2 };
type Frames = ScrubParts['frames'];

const keyframe: Frames['keyframe'] = async () => assert.fail('nobody asked for one');

async function serve(picture: Frames['picture']) {
  const app = Fastify({ forceCloseConnections: true });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  enforcePolicy(app, () => localOperator);
  const sockets: Socket[] = [];
  app.server.on('connection', (socket: Socket) => sockets.push(socket));
  await app.register(scrubRoutes({ frames: { picture, keyframe }, exists: () => true }));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { port } = app.server.address() as AddressInfo;
  const ask = () => request({ port, agent, path: `/cameras/${camera}/frame.jpg?at=5` });
  const end = async (): Promise<void> => {
    agent.destroy();
    await app.close();
  };
  return { ask, sockets, end };
}

test('many pictures on one connection leave nothing behind on it', async () => {
  const { ask, sockets, end } = await serve(async () => ok({ ...jpeg, captureMs: unixMs(5) }));
  const next = () =>
    new Promise<number>((resolve, reject) => {
      const asked = ask().on('error', reject);
      asked.on('response', (answer) => {
        answer.resume().on('end', () => resolve(sockets[0]?.listenerCount('close') ?? -1));
      });
      asked.end();
    });
  const first = await next();
  for (let at = 0; at < 20; at += 1) assert.ok((await next()) <= first);
  assert.equal(sockets.length, 1);
  await end();
});

test('a picture that nobody waits for any more is taken back', async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  const { ask, end } = await serve((...[, , , , signal]) => {
    begun.resolve(signal);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(ok({ ...jpeg, captureMs: unixMs(5) })));
    });
  });
  const asked = ask().on('error', () => undefined);
  asked.end();
  const signal = await begun.promise;
  assert.equal(signal.aborted, false);
  asked.destroy();
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  await end();
});
