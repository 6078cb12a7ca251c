/** Who gets in on a connection, and what they may there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorize, chooseChallenge } from '../../media/rtsp/auth.ts';
import { headerAll } from '../../media/rtsp/message.ts';
import type { HandClient } from './connection.testing.ts';
import { HandDoor, HandServer } from './connection.testing.ts';
import { maxLoginFailures } from './options.ts';

const offer = ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1'];
const description =
  'v=0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=0\r\n';

function basic(password: string, user = 'ann'): string {
  return `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

async function digest(client: HandClient, user: string, password: string): Promise<string> {
  const asked = await client.ask('DESCRIBE');
  assert.equal(asked.status, 401);
  const challenge = chooseChallenge(headerAll(asked.headers, 'WWW-Authenticate'));
  assert.ok(challenge);
  const request = { method: 'DESCRIBE', url: 'rtsp://host/cam_1' };
  return `Authorization: ${authorize(challenge, { user, password }, request, { cnonce: 'x', count: 1 })}`;
}

/** @param last of the description's body */
function announce(client: HandClient, field: string): Promise<{ readonly status: number }> {
  const head = [field, 'Content-Type: application/sdp', `Content-Length: ${description.length}`];
  return client.ask('ANNOUNCE', '', head, description);
}

describe('a login on a connection', () => {
  for (const kind of ['sha-256', 'md5', 'basic'] as const) {
    it(`lets ${kind} in with the right name and password only`, async () => {
      const client = new HandServer().connect({ door: new HandDoor({ ann: 'secret' }), kinds: [kind] });
      for (const [user, password] of [
        ['ann', 'wrong'],
        ['bob', 'secret'],
      ] as const) {
        assert.equal((await client.ask('DESCRIBE', '', [await digest(client, user, password)])).status, 401);
      }
      assert.equal((await client.ask('DESCRIBE', '', [await digest(client, 'ann', 'secret')])).status, 200);
    });
  }

  it('takes no password by Basic where that is not offered', async () => {
    const client = new HandServer().connect({ door: new HandDoor({ ann: 'secret' }) });
    assert.equal((await client.ask('DESCRIBE', '', [basic('secret')])).status, 401);
  });

  it('takes a token as the password of Basic with any name, offered or not', async () => {
    const door = new HandDoor();
    door.secrets.set('secret-1', { name: 'token' });
    const client = new HandServer().connect({ door });
    assert.equal((await client.ask('DESCRIBE', '', [basic('secret-2')])).status, 401);
    assert.equal((await client.ask('DESCRIBE', '', [basic('secret-1', 'whoever')])).status, 200);
  });

  it('takes a token in the address, also when the player leaves the query out afterwards', async () => {
    const door = new HandDoor();
    door.secrets.set('secret-1', { name: 'token' });
    const client = new HandServer().connect({ door });
    assert.equal((await client.ask('DESCRIBE', '?token=secret-1')).status, 200);
    assert.equal((await client.ask('SETUP', '/trackID=0', offer)).status, 200);
    assert.equal(
      (await client.ask('SETUP', '?token=secret-1/trackID=1', ['Transport: RTP/AVP/TCP;interleaved=2-3']))
        .status,
      200,
    );
    // It has ended meanwhile.
    door.secrets.clear();
    door.accounts.set('ann', 'x');
    assert.equal((await client.ask('PLAY')).status, 401);
  });

  it('ends the connection after some wrong passwords', async () => {
    const client = new HandServer().connect({ door: new HandDoor({ ann: 'secret' }), kinds: ['basic'] });
    for (let attempt = 1; attempt < maxLoginFailures; attempt += 1)
      await client.ask('DESCRIBE', '', [basic('wrong')]);
    assert.equal(client.socket.state, 'open');
    await client.ask('DESCRIBE', '', [basic('wrong')]);
    assert.equal(client.socket.state, 'ended');
  });

  it('after too many guesses of one address is closed to it, also for the right password', async () => {
    const door = new HandDoor({ ann: 'secret' });
    door.mostGuesses = 3;
    const server = new HandServer();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const client = server.connect({ door, kinds: ['basic'] });
      assert.equal((await client.ask('DESCRIBE')).status, 401, 'to ask without a password is no guess');
      assert.equal((await client.ask('DESCRIBE', '', [basic('wrong')])).status, 401);
    }
    const last = server.connect({ door, kinds: ['basic'] });
    assert.equal((await last.ask('DESCRIBE', '', [basic('secret')])).status, 503);
    assert.equal(last.socket.state, 'ended');
    assert.equal(door.refusals.length, 3, 'each wrong one is told');
  });

  it('the right password is no guess, however often it comes', async () => {
    const door = new HandDoor({ ann: 'secret' });
    door.mostGuesses = 1;
    const client = new HandServer().connect({ door, kinds: ['basic'] });
    for (let request = 0; request < 5; request += 1)
      assert.equal((await client.ask('DESCRIBE', '', [basic('secret')])).status, 200);
  });
});

function connect(may: 'watch' | 'publish' | 'nothing' | 'other things') {
  const server = new HandServer();
  server.may.set('ann', may);
  return { server, client: server.connect({ door: new HandDoor({ ann: 'secret' }), kinds: ['basic'] }) };
}

describe('a visitor', () => {
  it('that may not know of a camera is told that there is none, in every request', async () => {
    const { client } = connect('nothing');
    for (const method of ['DESCRIBE', 'SETUP']) {
      const answer = await client.ask(method, '', [basic('secret'), ...offer]);
      const unknown = await client.ask(method, 'rtsp://host/cam_2', [basic('secret'), ...offer]);
      assert.deepEqual([answer.status, answer.reason], [404, unknown.reason]);
    }
    assert.equal((await announce(client, basic('secret'))).status, 404);
  });

  it('that may do something else with it is refused in words', async () => {
    assert.equal((await connect('publish').client.ask('DESCRIBE', '', [basic('secret')])).status, 403);
    assert.equal((await announce(connect('watch').client, basic('secret'))).status, 403);
  });

  it('that lost its right between SETUP and PLAY does not play', async () => {
    const { server, client } = connect('watch');
    const all = [basic('secret'), ...offer];
    const setup = await client.ask('SETUP', '/trackID=0', all);
    assert.equal(setup.status, 200);
    server.may.set('ann', 'nothing');
    assert.equal((await client.ask('PLAY', '', [basic('secret'), 'Session: session1'])).status, 404);
  });

  it('is sent away when its right ends, and leaves nothing behind', async () => {
    const { server, client } = connect('watch');
    await client.ask('SETUP', '/trackID=0', [basic('secret'), ...offer]);
    await client.ask('PLAY', '', [basic('secret'), 'Session: session1']);
    const [end] = server.leases.values();
    end?.('not any more');
    assert.deepEqual(
      [client.socket.state, server.stream.viewers.count, server.holders, server.leases.size],
      ['ended', 0, 0, 0],
    );
  });
});
