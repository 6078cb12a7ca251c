import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { test, type TestContext } from 'node:test';
import { UdpPaths } from './udp-paths.ts';

async function opened(t: TestContext, cameraAddress = '127.0.0.1'): Promise<UdpPaths> {
  const paths = await UdpPaths.open(2, { localAddress: '127.0.0.1', cameraAddress });
  assert.ok(paths.ok);
  t.after(() => paths.value.close());
  return paths.value;
}

async function bound(t: TestContext): Promise<{ socket: Socket; port: number; next: () => Promise<Buffer> }> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  await new Promise<void>((ready) => socket.bind(0, '127.0.0.1', ready));
  const next = () => new Promise<Buffer>((resolve) => socket.once('message', resolve));
  return { socket, port: socket.address().port, next };
}

test('packets from the camera come with the track and part they are for', async (t) => {
  const paths = await opened(t);
  const camera = await bound(t);
  const [first, second] = paths.ports;
  assert.ok(first && second);
  const received = new Promise<string>((resolve) => {
    paths.listen(first, (part, bytes) => resolve(`first ${part} ${Buffer.from(bytes).toString()}`));
    paths.listen(second, (part, bytes) => resolve(`second ${part} ${Buffer.from(bytes).toString()}`));
  });
  camera.socket.send('hello', second[1], '127.0.0.1');
  assert.equal(await received, 'second rtcp hello');
  assert.equal(paths.bytesReceived, 5);
});

test('packets from any other host are not let in', async (t) => {
  const paths = await opened(t, '127.0.0.9');
  const stranger = await bound(t);
  const [ports] = paths.ports;
  assert.ok(ports);
  let accepted = 0;
  paths.listen(ports, () => (accepted += 1));
  stranger.socket.send('forged', ports[0], '127.0.0.1');
  for (let attempt = 0; attempt < 200 && paths.foreign === 0; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(paths.foreign, 1);
  assert.equal(accepted, 0);
});

test('a hole is punched from the port that waits for media, with a packet that is RTP by its version', async (t) => {
  const paths = await opened(t);
  const camera = await bound(t);
  const [ports] = paths.ports;
  assert.ok(ports);
  const punched = new Promise<{ port: number; first: number | undefined }>((resolve) => {
    camera.socket.once('message', (bytes, from) => resolve({ port: from.port, first: bytes[0] }));
  });
  paths.punchHole(ports, [camera.port, camera.port + 1]);
  assert.deepEqual(await punched, { port: ports[0], first: 0x80 });
});

test('nothing is sent or received after closing', async (t) => {
  const paths = await opened(t);
  const [ports] = paths.ports;
  assert.ok(ports);
  paths.close();
  paths.close();
  paths.punchHole(ports, [9, 10]);
  paths.sendRtcp(ports, [9, 10], new Uint8Array(8));
});
