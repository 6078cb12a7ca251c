import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testAudioTrack, testSound, testUnit, testVideoTrack } from '../../hub/testing.ts';
import { header } from '../../media/rtsp/message.ts';
import { HandDoor, HandServer } from './connection.testing.ts';
import type { HandClient } from './connection.testing.ts';

const tcp = ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1'];
const udp = ['Transport: RTP/AVP;unicast;client_port=40000-40001'];
const start = 1_700_000_000;

/** Sequence numbers of the packets on a channel. */
function sequences(client: HandClient, channel = 0): number[] {
  return client.packets(channel).map((packet) => Buffer.from(packet).readUInt16BE(2));
}

function follows(numbers: readonly number[]): boolean {
  return numbers.every((number, at) => at === 0 || number === ((numbers[at - 1] ?? 0) + 1) % 65_536);
}

function on(channels: string): readonly string[] {
  return [`Transport: RTP/AVP/TCP;unicast;interleaved=${channels}`];
}

function passSeconds(server: HandServer, client: HandClient, seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    server.clock.advance(1000);
    client.connection.check();
  }
}

describe('a viewer on one connection', () => {
  it('is given a description, tracks, and packets without a gap from the keyframe on', async () => {
    const server = new HandServer();
    server.stream.unit(testUnit(start, true));
    for (let n = 1; n < 5; n += 1) server.stream.unit(testUnit(start + n / 25, false));
    const client = server.connect();
    const description = await client.ask('DESCRIBE', '', ['Accept: application/sdp']);
    assert.equal(description.status, 200);
    assert.match(Buffer.from(description.body).toString(), /a=rtpmap:96 H264\/90000\r\n/);
    await client.play();
    server.stream.unit(testUnit(start + 5 / 25, false));
    const numbers = sequences(client);
    // Parameter sets and picture of the keyframe in one packet or more, then five pictures.
    assert.ok(numbers.length >= 6, `${numbers.length} packets`);
    assert.ok(follows(numbers), numbers.join(' '));
    assert.equal(server.stream.viewers.count, 1);
  });

  it('goes on after a pause within the kept pictures, none of them twice', async () => {
    const server = new HandServer();
    const client = server.connect();
    server.stream.unit(testUnit(start, true));
    await client.play();
    server.stream.unit(testUnit(start + 0.04, false));
    await client.ask('PAUSE');
    const before = sequences(client);
    server.stream.unit(testUnit(start + 0.08, false));
    assert.deepEqual(sequences(client), before, 'nothing comes while it pauses');
    await client.ask('PLAY');
    server.stream.unit(testUnit(start + 0.12, false));
    const numbers = sequences(client);
    assert.equal(numbers.length, before.length + 2);
    assert.ok(follows(numbers), numbers.join(' '));
  });

  it('with start=next gets sound at once and no picture before a keyframe', async () => {
    const server = new HandServer();
    server.stream.unit(testUnit(start, true));
    const client = server.connect();
    await client.play('?start=next');
    server.stream.unit(testUnit(start + 0.04, false));
    server.stream.unit(testSound(start + 0.05));
    assert.deepEqual([sequences(client).length, sequences(client, 2).length], [0, 1]);
    server.stream.unit(testUnit(start + 0.08, true));
    assert.notEqual(sequences(client).length, 0);
  });

  it('waits for a camera that is being connected, and is told why one is away', async () => {
    const server = new HandServer();
    server.stream.change([]);
    server.stream.state = 'offline';
    server.stream.reason = 'The camera does not answer.';
    const answer = await server.connect().ask('DESCRIBE');
    assert.deepEqual(
      [answer.status, answer.reason],
      [503, 'Service Unavailable: The camera does not answer.'],
    );
  });

  it('is ended when the camera sends other tracks, and goes on with new parameter sets', async () => {
    const server = new HandServer();
    const client = server.connect();
    await client.play();
    server.stream.change([testVideoTrack(1), testAudioTrack()]);
    assert.equal(client.socket.state, 'open');
    server.stream.change([testVideoTrack(1)]);
    assert.equal(client.socket.state, 'ended');
    assert.deepEqual([server.stream.viewers.count, server.holders, client.closed], [0, 0, 1]);
  });

  it('that paused while the tracks changed cannot go on with the old description', async () => {
    const server = new HandServer();
    const client = server.connect();
    await client.play();
    await client.ask('PAUSE');
    server.stream.change([testVideoTrack()]);
    assert.equal((await client.ask('PLAY')).status, 404);
    assert.equal(client.socket.state, 'ended');
  });

  it('may choose its channels, also a second time, but not those of another track', async () => {
    const server = new HandServer();
    const client = server.connect();
    assert.equal((await client.ask('SETUP', '/trackID=0', on('4-5'))).status, 200);
    assert.equal((await client.ask('SETUP', '/trackID=0', on('6-7'))).status, 200);
    assert.equal((await client.ask('SETUP', '/trackID=1', on('6-7'))).status, 461);
    await client.ask('PLAY');
    server.stream.unit(testUnit(start, true));
    assert.notEqual(sequences(client, 6).length, 0);
  });
});

describe('requests that cannot be granted', () => {
  const cases: readonly [
    why: string,
    status: number,
    ask: (client: HandClient) => Promise<{ status: number }>,
  ][] = [
    ['a method nobody knows', 501, (client) => client.ask('FROBNICATE')],
    ['an address that cannot be decoded', 400, (client) => client.ask('DESCRIBE', '/%zz')],
    ['a camera that does not exist', 404, (client) => client.ask('DESCRIBE', 'rtsp://host/cam_2')],
    ['a track that does not exist', 404, (client) => client.ask('SETUP', '/trackID=9', tcp)],
    ['a description of another kind', 406, (client) => client.ask('DESCRIBE', '', ['Accept: text/html'])],
    ['PLAY without a session', 454, (client) => client.ask('PLAY')],
    ['another one’s session', 454, (client) => client.ask('PLAY', '', ['Session: other'])],
    ['RECORD before ANNOUNCE', 455, (client) => client.ask('RECORD')],
    [
      'no transport that we know',
      461,
      (client) => client.ask('SETUP', '/trackID=0', ['Transport: RTP/SAVP']),
    ],
    [
      'multicast that is off',
      461,
      (client) => client.ask('SETUP', '/trackID=0', ['Transport: RTP/AVP;multicast']),
    ],
    ['a feature we lack', 551, (client) => client.ask('DESCRIBE', '', ['Require: time-travel'])],
  ];
  for (const [why, status, ask] of cases) {
    it(`${status}: ${why}`, async () => {
      const client = new HandServer().connect();
      assert.equal((await ask(client)).status, status);
    });
  }

  it('455: PAUSE before PLAY, and SETUP while it plays', async () => {
    const client = new HandServer().connect();
    await client.ask('SETUP', '/trackID=0', tcp);
    assert.equal((await client.ask('PAUSE')).status, 455);
    await client.ask('PLAY');
    assert.equal((await client.ask('SETUP', '/trackID=1', tcp)).status, 455);
  });

  it('459 and 455: another camera in the same session', async () => {
    const client = new HandServer().connect();
    await client.ask('SETUP', '/trackID=0', tcp);
    assert.equal((await client.ask('SETUP', 'rtsp://host/cam_2/trackID=0', tcp)).status, 459);
    assert.equal((await client.ask('DESCRIBE', 'rtsp://host/cam_2')).status, 455);
  });

  it('461: another way for the second track', async () => {
    const client = new HandServer().connect();
    await client.ask('SETUP', '/trackID=0', tcp);
    assert.equal((await client.ask('SETUP', '/trackID=1', udp)).status, 461);
  });

  it('453: more viewers than the camera may have; a place that was left is given again', async () => {
    const server = new HandServer();
    server.stream.maxViewers = 1;
    const first = server.connect();
    await first.play();
    const second = server.connect();
    const refused = await second.ask('SETUP', '/trackID=0', tcp);
    assert.equal(refused.status, 453);
    assert.match(refused.reason, /1 viewers at one time/);
    await first.ask('TEARDOWN');
    assert.equal((await second.ask('SETUP', '/trackID=0', tcp)).status, 200);
  });

  it('503: a camera that is switched off', async () => {
    const server = new HandServer();
    server.isDisabled = true;
    assert.equal((await server.connect().ask('DESCRIBE')).status, 503);
  });

  it('400: what is no RTSP; the connection ends', async () => {
    const client = new HandServer().connect();
    client.connection.receive(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    assert.equal(client.answers().at(-1)?.status, 400);
    assert.equal(client.socket.state, 'ended');
  });
});

describe('a connection that is of no use', () => {
  it('is closed when it asks nothing; one that plays over TCP stays', async () => {
    const server = new HandServer();
    const [idle, watching] = [server.connect(), server.connect()];
    await watching.play();
    passSeconds(server, idle, 70);
    watching.connection.check();
    assert.equal(watching.socket.state, 'open');
    assert.notEqual(idle.socket.state, 'open');
  });

  it('is closed when it pauses in silence, and kept while it says that it is there', async () => {
    const server = new HandServer();
    const client = server.connect();
    await client.play();
    await client.ask('PAUSE');
    passSeconds(server, client, 50);
    await client.ask('GET_PARAMETER');
    passSeconds(server, client, 50);
    assert.equal(client.socket.state, 'open');
    passSeconds(server, client, 20);
    assert.notEqual(client.socket.state, 'open');
    assert.equal(server.stream.viewers.count, 0);
  });

  it('is cut off when it does not close its side after the end', async () => {
    const server = new HandServer();
    const client = server.connect();
    client.connection.end();
    assert.equal(client.socket.state, 'ended');
    server.clock.advance(3000);
    assert.equal(client.socket.state, 'destroyed');
  });

  it('is cut off when it takes nothing for ten seconds, not when it takes too little', async () => {
    const server = new HandServer();
    const [dead, slow] = [server.connect(), server.connect()];
    for (const client of [dead, slow]) {
      await client.play();
      client.socket.stuck = true;
    }
    for (let second = 0; second < 15; second += 1) {
      server.stream.unit(testUnit(start + second, true, 2000));
      slow.socket.take(500);
      for (const client of [dead, slow]) client.connection.check();
      server.clock.advance(1000);
    }
    assert.deepEqual([dead.socket.state, slow.socket.state], ['destroyed', 'open']);
  });

  it('is cut off when it asks on and on and reads no answer', async () => {
    const server = new HandServer();
    const client = server.connect();
    client.socket.writableLength = 65 * 1024 * 1024;
    client.connection.receive(Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'));
    await new Promise(setImmediate);
    assert.equal(client.socket.state, 'destroyed');
  });

  it('leaves nothing behind: no viewer, no holder', async () => {
    const server = new HandServer();
    const client = server.connect();
    assert.match(await client.play(), /^session/);
    client.connection.closed();
    client.connection.closed();
    assert.deepEqual([server.stream.viewers.count, server.holders, client.closed], [0, 0, 1]);
  });

  it('names its methods in OPTIONS without a login', async () => {
    const answer = await new HandServer().connect({ door: new HandDoor({ a: 'b' }) }).ask('OPTIONS');
    assert.match(header(answer.headers, 'Public') ?? '', /DESCRIBE.*SETUP.*PLAY.*TEARDOWN/);
  });
});
