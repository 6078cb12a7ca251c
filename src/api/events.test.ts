import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { Principal } from '../accounts/access.ts';
import { somebody } from '../accounts/access.testing.ts';
import { localOperator } from '../accounts/access.ts';
import { ManualClock } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import { testUnit, testVideoTrack } from '../hub/testing.ts';
import type { Camera } from './contract/cameras.ts';
import { cameraCreateSchema } from './contract/cameras.ts';
import type { ServerEvent } from './contract/events.ts';
import { eventSchema } from './contract/events.ts';
import { EventFeed } from './event-feed.ts';
import { StatusEvents } from './status-events.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

interface Received {
  readonly id: string;
  readonly event: ServerEvent;
}

/** An event stream as a browser reads it. */
class EventClient {
  readonly received: Received[] = [];
  readonly response: IncomingMessage;
  #text = '';
  #wake = (): void => undefined;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.on('data', (piece: string) => this.#take(piece));
  }

  static open(port: number, lastEventId?: string): Promise<EventClient> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    return new Promise((resolve, reject) => {
      const sent = request({ port, path: '/api/v1/events', headers, agent: false });
      sent.on('response', (response) => resolve(new EventClient(response)));
      sent.on('error', reject);
      sent.end();
    });
  }

  async until(wanted: (event: ServerEvent) => boolean): Promise<Received> {
    for (;;) {
      const found = this.received.find(({ event }) => wanted(event));
      if (found) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.response.destroy();
  }

  #take(piece: string): void {
    this.#text += piece;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const match = /^id: (.+)\ndata: (.+)$/.exec(block);
      if (match) this.received.push({ id: match[1]!, event: eventSchema.parse(JSON.parse(match[2]!)) });
    }
    this.#wake();
  }
}

describe('the event stream', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  const add = async (name: string): Promise<Camera> => {
    const body = { name, source: { kind: 'demo' }, start: 'always' };
    return (await ask(api.port, '/api/v1/cameras', { method: 'POST', body })).json as Camera;
  };

  test('begins with reset, then tells what happens to cameras', async () => {
    const client = await EventClient.open(api.port);
    assert.match(client.response.headers['content-type'] ?? '', /^text\/event-stream/);
    assert.equal(client.response.headers['cache-control'], 'no-store, no-transform');
    const camera = await add('Told');
    await ask(api.port, `/api/v1/cameras/${camera.id}`, { method: 'PATCH', body: { name: 'Other' } });
    const { sink } = api.runtime.sources.get(camera.id)!.current;
    sink.tracks([testVideoTrack()]);
    sink.unit(testUnit(1_700_000_000, true));
    await client.until((event) => event.type === 'camera.status' && event.status.state === 'live');
    await ask(api.port, `/api/v1/cameras/${camera.id}`, { method: 'DELETE' });
    await client.until(({ type }) => type === 'camera.deleted');
    const types = client.received.map(({ event }) => event.type).filter((type) => type !== 'camera.status');
    assert.deepEqual(types, ['reset', 'camera.created', 'camera.changed', 'camera.deleted']);
    client.close();
  });

  test('continues after the last event that was seen', async () => {
    const first = await EventClient.open(api.port);
    await add('Before');
    const seen = await first.until(({ type }) => type === 'camera.created');
    first.close();
    const missed = await add('Meanwhile');
    const second = await EventClient.open(api.port, seen.id);
    const created = await second.until(({ type }) => type === 'camera.created');
    assert.ok(created.event.type === 'camera.created' && created.event.camera.id === missed.id);
    assert.ok(!second.received.some(({ event }) => event.type === 'reset'));
    second.close();
  });

  for (const id of ['garbage', '0-1', 'x'.repeat(100)]) {
    test(`with an id it never gave (${id.slice(0, 10)}) begins anew`, async () => {
      const client = await EventClient.open(api.port, id);
      await client.until(({ type }) => type === 'reset');
      assert.equal(client.received[0]?.event.type, 'reset');
      client.close();
    });
  }

  test('forgets a listener that leaves', async () => {
    const client = await EventClient.open(api.port);
    const listening = api.feed.listeners;
    assert.ok(listening >= 1);
    client.close();
    while (api.feed.listeners >= listening) await new Promise((resolve) => setImmediate(resolve));
  });

  test('gives up a listener that does not read', async () => {
    const socket = connect(api.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', resolve));
    socket.pause();
    const listening = api.feed.listeners;
    const camera = api.cameras.list()[0]!;
    const large = { ...camera, name: 'x'.repeat(1_000_000) };
    for (let round = 0; round < 200 && api.feed.listeners === listening; round++) {
      api.feed.publish({ type: 'camera.changed', camera: large });
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(api.feed.listeners, listening - 1);
    socket.destroy();
  });
});

const deleted = (index: number): ServerEvent => ({
  type: 'camera.deleted',
  cameraId: `cam_${String(index).padStart(16, '0')}`,
});

function listen(feed: EventFeed, lastEventId?: string, who: Principal = localOperator) {
  const lines: string[] = [];
  let ended = 0;
  const joined = feed.listen(
    {
      who,
      write: (bytes) => lines.push(Buffer.from(bytes).toString()) > 0,
      end: () => void (ended += 1),
    },
    lastEventId,
  );
  const id = (): string => /^id: (.+)$/m.exec(lines.at(-1) ?? '')?.[1] ?? '';
  return { joined, lines, id, ended: () => ended };
}

describe('the event feed', () => {
  test('resets a listener who was away for longer than it remembers', () => {
    const feed = new EventFeed(new ManualClock());
    const first = listen(feed);
    feed.publish(deleted(0));
    const seen = first.id();
    for (let index = 1; index <= 256; index++) feed.publish(deleted(index));
    assert.equal(listen(feed, seen).lines.length, 256);
    feed.publish(deleted(257));
    const late = listen(feed, seen);
    assert.equal(late.lines.length, 1);
    assert.match(late.lines[0] ?? '', /"type":"reset"/);
    assert.equal(late.id(), first.id());
  });

  test('does not take an id of an earlier life of the server for its own', () => {
    const clock = new ManualClock();
    const before = new EventFeed(clock);
    const listener = listen(before);
    before.publish(deleted(0));
    clock.advance(1000);
    const now = new EventFeed(clock);
    now.publish(deleted(1));
    assert.match(listen(now, listener.id()).lines[0] ?? '', /"type":"reset"/);
  });

  test('sends a comment every 15 seconds, so that nothing between closes the connection', () => {
    const clock = new ManualClock();
    const feed = new EventFeed(clock);
    const { lines, joined } = listen(feed);
    clock.advance(45_000);
    assert.deepEqual(lines.slice(1), [':\n\n', ':\n\n', ':\n\n']);
    assert.ok(joined.ok);
    joined.value.leave();
    clock.advance(60_000);
    assert.equal(lines.length, 4);
  });

  test('takes a bounded number of listeners', () => {
    const feed = new EventFeed(new ManualClock());
    for (let index = 0; index < 128; index++) assert.ok(listen(feed).joined.ok);
    assert.deepEqual(listen(feed).joined, { ok: false, error: 'too-many' });
  });

  test('leaves room for others when one account takes all it gets, with its keys and tokens', () => {
    const feed = new EventFeed(new ManualClock());
    const greedy = somebody('viewer', { every: ['live'] });
    const key: Principal = { ...greedy, kind: 'key', id: 'key_1', issuer: greedy };
    const joined = Array.from(
      { length: 32 },
      (_, at) => listen(feed, undefined, at % 2 ? key : greedy).joined,
    );
    assert.ok(joined.every(({ ok }) => ok));
    for (const who of [greedy, key])
      assert.deepEqual(listen(feed, undefined, who).joined, { ok: false, error: 'too-many-of-one' });
    assert.ok(listen(feed, undefined, { ...greedy, id: 'usr_another' }).joined.ok);
    const [first] = joined;
    if (first?.ok) first.value.leave();
    assert.ok(listen(feed, undefined, greedy).joined.ok);
  });

  test('ends all listeners when the server stops, and takes no more', () => {
    const feed = new EventFeed(new ManualClock());
    const listener = listen(feed);
    feed.close();
    assert.equal(listener.ended(), 1);
    assert.deepEqual(listen(feed).joined, { ok: false, error: 'closed' });
  });
});

describe('status events', () => {
  const ids = ['cam_0000000000000001', 'cam_0000000000000002'] as CameraId[];

  async function statuses(api: TestApi) {
    const clock = new ManualClock();
    const feed = new EventFeed(clock);
    const status = api.cameras.list()[0]!.status;
    let state: 'live' | 'idle' = 'live';
    const events = new StatusEvents(feed, clock, {
      ids: () => ids,
      status: () => ({ ...status, state }),
      subStatus: () => null,
    });
    const lines: string[] = [];
    const count = () => lines.splice(0).filter((line) => line.includes('camera.status')).length;
    const listen = () =>
      feed.listen(
        { who: localOperator, write: (bytes) => lines.push(String(bytes)) > 0, end: () => undefined },
        undefined,
      );
    return { clock, events, listen, count, go: (next: typeof state) => void (state = next) };
  }

  test('come every two seconds while live and somebody listens, and once per change', async () => {
    const api = await startTestApi();
    await api.cameras.create(cameraCreateSchema.parse({ name: 'a', source: { kind: 'demo' } }));
    const { clock, events, listen, count, go } = await statuses(api);
    listen();
    clock.advance(2000);
    assert.equal(count(), 2);
    go('idle');
    clock.advance(10_000);
    assert.equal(count(), 0);
    events.changed(ids[0]!);
    events.changed(ids[0]!);
    clock.advance(100);
    assert.equal(count(), 1);
    events.close();
    events.changed(ids[0]!);
    clock.advance(10_000);
    assert.equal(count(), 0);
    await api.close();
  });
});
