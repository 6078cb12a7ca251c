import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { isFrom, openUdpPair } from './udp.ts';

test('a pair has an even RTP port and the next one for RTCP, and both receive', async () => {
  const opened = await openUdpPair({ family: 4, localAddress: '127.0.0.1' });
  assert.ok(opened.ok);
  const pair = opened.value;
  assert.equal(pair.rtpPort % 2, 0);
  assert.equal(pair.rtcp.address().port, pair.rtpPort + 1);
  assert.ok(pair.receiveBufferBytes > 0);
  const sender = createSocket('udp4');
  const received = Promise.all(
    [pair.rtp, pair.rtcp].map((socket) => new Promise((resolve) => socket.once('message', resolve))),
  );
  sender.send('one', pair.rtpPort, '127.0.0.1');
  sender.send('two', pair.rtpPort + 1, '127.0.0.1');
  assert.deepEqual(String(await received), 'one,two');
  sender.close();
  pair.close();
});

test('two pairs do not share a port', async () => {
  const pairs = await Promise.all(
    [1, 2, 3, 4].map(() => openUdpPair({ family: 4, localAddress: '127.0.0.1' })),
  );
  const ports = pairs.map((pair) => (pair.ok ? pair.value.rtpPort : -1));
  assert.equal(new Set(ports).size, 4);
  for (const pair of pairs) if (pair.ok) pair.value.close();
});

test('the sender is compared by host, IPv4-mapped or not, and not by port', () => {
  const sender = { address: '::ffff:192.168.1.20', port: 1, family: 'IPv6' as const, size: 0 };
  assert.ok(isFrom(sender, '192.168.1.20'));
  assert.ok(!isFrom(sender, '192.168.1.2'));
});
