import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hertz } from '../../base/units.ts';
import { testAudioTrack, testVideoTrack } from '../../hub/testing.ts';
import type { Track } from '../../media/track.ts';
import { binaryKind } from './messages.ts';
import { maxChannels, maxMessagesPerSecond, stalledMs } from './options.ts';
import { Rig, subscribe } from './rig.testing.ts';

const g711: Track = {
  id: 1,
  clockHz: hertz(8000),
  codec: { kind: 'g711', law: 'a', sampleRateHz: 8000, channels: 1 },
};

describe('a viewer of the live WebSocket', () => {
  let rig: Rig;

  beforeEach(() => {
    rig = new Rig().camera('door').tracks('door');
  });
  afterEach(() => rig.close());

  it('is told the tracks, then gets the init segment, the kept pictures from a keyframe, and each new one', () => {
    rig.play('door', 30);
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 7));
    const [tracks] = socket.said('tracks');
    assert.ok(tracks);
    assert.deepEqual(
      [tracks.channel, tracks.source, tracks.mime, tracks.targetMs],
      [7, 'main', 'video/mp4; codecs="avc1.64001f"', 100],
    );
    assert.deepEqual(tracks.video, { codec: 'avc1.64001f', width: 1280, height: 720 });
    assert.ok(socket.media.every(({ feed }) => feed === tracks.feed));
    assert.deepEqual(
      socket.media.map(({ kind, key }) => [kind, key]),
      [
        [binaryKind.init, false],
        [binaryKind.fragment, true],
        ...Array.from({ length: 4 }, () => [binaryKind.fragment, false]),
      ],
    );
    rig.play('door', 1);
    assert.equal(socket.media.length, 7);
    assert.equal(socket.media.at(-1)?.captureMs, rig.clock.nowMs());
    assert.equal(Math.round(socket.media.at(-1)?.presentationMs ?? 0), rig.clock.nowMs());
    assert.equal(socket.said('state').at(-1)?.state, 'live');
  });

  it('shares each picture, packed once, with everybody who watches', () => {
    const viewers = [rig.viewer(), rig.viewer()];
    for (const { session } of viewers) session.receive(subscribe('door'));
    rig.play('door', 10);
    const [first, second] = viewers.map(({ socket }) => socket.binaries);
    assert.equal(first?.length, 11);
    for (const [index, message] of first.entries()) assert.equal(message, second?.[index]);
    assert.equal(rig.hub.get('door')?.status().stats.readers, 1);
    assert.equal(rig.hub.get('door')?.status().stats.viewersByOutput.live, 2);
  });

  it('watches several cameras on one connection, each with its own feed', () => {
    rig.camera('yard').tracks('yard');
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 1));
    session.receive(subscribe('yard', 2));
    rig.play(['door', 'yard'], 5);
    const feeds = new Map(socket.said('tracks').map(({ channel, feed }) => [channel, feed]));
    assert.equal(new Set(feeds.values()).size, 2);
    for (const feed of feeds.values()) {
      assert.equal(socket.media.filter((each) => each.feed === feed).length, 6);
    }
  });

  it('gets a feed of its own for each of two channels with the same camera, whichever came and went', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 0));
    session.receive(subscribe('door', 1));
    session.receive({ type: 'unsubscribe', channel: 0 });
    session.receive(subscribe('door', 2));
    rig.play('door', 1);
    const feeds = socket.said('tracks').map(({ feed }) => feed);
    assert.equal(new Set(feeds.slice(1)).size, 2);
    assert.equal(socket.media.filter(({ kind }) => kind === binaryKind.fragment).length, 2);
  });

  it('gets nothing more of a channel that it leaves, and the feed ends with its last viewer', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 0));
    rig.play('door', 2);
    session.receive({ type: 'unsubscribe', channel: 0 });
    session.receive({ type: 'unsubscribe', channel: 99 });
    const before = socket.binaries.length;
    rig.play('door', 2);
    assert.equal(socket.binaries.length, before);
    assert.equal(rig.output.feeds, 0);
    assert.equal(rig.hub.get('door')?.viewers().length, 0);
    session.receive(subscribe('door', 0));
    assert.ok(socket.binaries.length > before, 'the number is free again');
  });

  it('gets another feed with another init segment when the camera changes', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door'));
    rig
      .play('door', 3)
      .tracks('door', [testVideoTrack(1)])
      .play('door', 3);
    const [first, second] = socket.said('tracks');
    assert.ok(first && second && first.feed !== second.feed);
    const later = socket.media.filter(({ feed }) => feed === second.feed);
    assert.deepEqual(
      later.slice(0, 2).map(({ kind, key }) => [kind, key]),
      [
        [binaryKind.init, false],
        [binaryKind.fragment, true],
      ],
    );
  });

  it('hears sound beside the picture, and goes on with the picture alone when the sound falls silent', () => {
    rig.tracks('door', [testVideoTrack(), testAudioTrack()]);
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door'));
    rig.play('door', 10, { sound: true });
    const [both] = socket.said('tracks').filter(({ audio }) => audio);
    assert.equal(both?.mime, 'video/mp4; codecs="avc1.64001f,mp4a.40.2"');
    assert.equal(socket.media.filter(({ kind }) => kind === binaryKind.fragment).length, 20);
    rig.play('door', 60);
    const last = socket.said('tracks').at(-1);
    assert.deepEqual([last?.audio, last?.note], [null, 'The camera’s sound has fallen silent.']);
    assert.equal(socket.media.at(-1)?.feed, last?.feed);
  });

  it('is told when a track does not fit, and when none does', () => {
    rig.tracks('door', [testVideoTrack(), g711]);
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door'));
    assert.match(socket.said('tracks').at(-1)?.note ?? '', /G\.711/);
    rig.tracks('door', [{ ...g711, id: 0 }]);
    assert.equal(socket.said('problem')[0]?.code, 'not-playable');
    assert.equal(rig.hub.get('door')?.viewers().length, 0);
  });

  it('takes the smaller source for a small picture, and the other one where there is none', () => {
    rig.camera('door.sub').tracks('door.sub').camera('yard').tracks('yard');
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 0, { source: 'auto', width: 320 }));
    session.receive(subscribe('door', 1, { source: 'auto', width: 1280 }));
    session.receive(subscribe('door', 2, { source: 'sub' }));
    session.receive(subscribe('yard', 3, { source: 'sub' }));
    rig.play(['door', 'door.sub', 'yard'], 1);
    assert.deepEqual(
      new Map(socket.said('tracks').map(({ channel, source }) => [channel, source])),
      new Map([
        [0, 'sub'],
        [1, 'main'],
        [2, 'sub'],
        [3, 'main'],
      ]),
    );
  });

  it('is told what the camera does while it is away, and goes on when it is back', () => {
    rig.play('door', 3);
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door'));
    const source = rig.sources.get('door');
    source?.current.fail('refused');
    const away = socket.said('state').at(-1);
    assert.deepEqual([away?.state, away?.reason], ['offline', 'It failed: refused.']);
    rig.clock.advance(10_000);
    const before = socket.media.length;
    rig.tracks('door').play('door', 2);
    assert.equal(socket.said('state').at(-1)?.state, 'live');
    assert.deepEqual(
      socket.media.slice(before).map(({ key }) => key),
      [true, false],
    );
  });

  it('is told when the camera is deleted', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door'));
    rig.hub.remove('door', 'The camera was deleted.');
    const [problem] = socket.said('problem');
    assert.deepEqual([problem?.code, problem?.detail], ['camera-gone', 'The camera was deleted.']);
    assert.equal(rig.output.feeds, 0);
  });

  it('can be ended by an operator, channel by channel', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 4));
    const stream = rig.hub.get('door');
    const [viewer] = stream?.viewers() ?? [];
    assert.equal(viewer?.transport, 'MP4 over WebSocket');
    assert.equal(stream?.endViewer(viewer?.id ?? '', 'An operator ended this viewing.'), 'ended');
    assert.deepEqual(socket.said('problem').at(-1), {
      type: 'problem',
      channel: 4,
      code: 'ended',
      detail: 'An operator ended this viewing.',
    });
    assert.deepEqual(stream?.viewers(), []);
    assert.equal(socket.closed, undefined);
  });

  for (const [code, ask] of [
    ['not-found', subscribe('nobody', 3)],
    ['camera-disabled', subscribe('off', 3)],
    ['unavailable', subscribe('door', 3, { format: 'jpeg' })],
  ] as const) {
    it(`is refused with ${code}, and the connection stays`, () => {
      const { socket, session } = rig.viewer();
      session.receive(ask);
      const [problem] = socket.said('problem');
      assert.deepEqual([problem?.channel, problem?.code], [3, code]);
      session.receive(subscribe('door', 3));
      rig.play('door', 1);
      assert.equal(socket.media.length, 2);
    });
  }

  it('may have as many channels as allowed, each number once', () => {
    const { socket, session } = rig.viewer();
    for (let channel = 0; channel <= maxChannels; channel += 1) session.receive(subscribe('door', channel));
    assert.deepEqual(
      socket.said('problem').map(({ channel, code }) => [channel, code]),
      [[maxChannels, 'too-many-channels']],
    );
    session.receive(subscribe('door', 0));
    assert.equal(socket.said('problem').at(-1)?.code, 'channel-in-use');
  });

  it('is refused when the camera has enough viewers, and nothing is left of the attempt', () => {
    rig.camera('busy', { maxReaders: 1 }).tracks('busy');
    const { socket, session } = rig.viewer();
    session.receive(subscribe('busy', 0));
    session.receive(subscribe('busy', 1));
    assert.deepEqual(
      socket.said('problem').map(({ channel, code }) => [channel, code]),
      [[1, 'too-many-readers']],
    );
    session.receive({ type: 'unsubscribe', channel: 0 });
    assert.equal(rig.output.feeds, 0);
    session.receive(subscribe('busy', 1));
    rig.play('busy', 1);
    assert.equal(socket.media.at(-1)?.feed, socket.said('tracks').at(-1)?.feed);
  });

  it('that makes no sense is told so; one that talks without end is closed', () => {
    const { socket, session } = rig.viewer();
    session.receive(undefined, 'Messages are JSON, as text.');
    assert.equal(socket.said('problem')[0]?.code, 'bad-message');
    for (let count = 0; count < maxMessagesPerSecond; count += 1) session.receive(undefined, 'x');
    assert.equal(socket.closed?.code, 1008);
    session.receive(subscribe('door'));
    assert.equal(rig.output.sockets, 0);
  });

  it('is closed when it takes nothing for long, and not before', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door'));
    socket.reads = false;
    rig.play('door', ((stalledMs - 2000) / 40) | 0);
    assert.equal(socket.closed, undefined);
    rig.play('door', 100);
    assert.deepEqual(socket.closed, { code: 1008, reason: 'Too slow' });
    assert.equal(rig.hub.get('door')?.viewers().length, 0);
  });

  it('that is only idle stays', () => {
    const { socket } = rig.viewer();
    rig.clock.advance(10 * stalledMs);
    assert.equal(socket.closed, undefined);
  });

  it('is closed with 1001 when the server stops', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door'));
    rig.output.close();
    assert.equal(socket.closed?.code, 1001);
    rig.play('door', 1);
  });
});

describe('a viewer that is too slow', () => {
  it('misses whole pictures up to a keyframe, is told how many, and nobody else misses one', () => {
    const rig = new Rig().camera('door').tracks('door');
    const [slow, fast] = [rig.viewer(), rig.viewer()];
    for (const { session } of [slow, fast]) session.receive(subscribe('door'));
    rig.play('door', 50, { bytes: 40_000 });
    slow.socket.reads = false;
    rig.play('door', 100, { bytes: 40_000 });
    const got = slow.socket.media.length;
    assert.ok(got < 151, 'something was left out');
    slow.socket.drain();
    rig.play('door', 10, { gop: 5, bytes: 40_000 });
    const [drop] = slow.socket.said('drop');
    assert.ok(drop);
    assert.equal(slow.socket.said('drop').length, 1);
    assert.ok(slow.socket.media[got]?.key, 'it begins again at a keyframe');
    assert.equal(slow.socket.media.length + drop.units, fast.socket.media.length);
    assert.equal(drop.unitsInAll, drop.units);
    const [figures] = rig.hub.get('door')?.viewers() ?? [];
    assert.equal(figures?.unitsDropped, drop.units);
    assert.deepEqual(fast.socket.said('drop'), []);
    assert.equal(fast.socket.media.length, 161);
    rig.close();
  });

  it('never makes more wait than the budget and a picture', () => {
    const rig = new Rig().camera('door').tracks('door');
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door'));
    socket.reads = false;
    rig.play('door', 200, { bytes: 100_000 });
    assert.ok(socket.bufferedBytes < 7 * 1024 * 1024, `${socket.bufferedBytes} bytes wait`);
    rig.close();
  });

  it('keeps its small pictures longest when a large one fills the connection', () => {
    const rig = new Rig().camera('wall').tracks('wall').camera('tile').tracks('tile');
    const { socket, session } = rig.viewer();
    session.receive(subscribe('wall', 0));
    session.receive(subscribe('tile', 1));
    for (let count = 0; count < 100; count += 1) {
      rig.play('wall', 1, { bytes: 60_000 });
      rig.play('tile', 1, { bytes: 500 });
      // The network takes half of it.
      socket.reads = count < 20;
      socket.bufferedBytes = Math.max(0, socket.bufferedBytes - 30_000);
    }
    const [wall = 0, tile = 0] = ['wall', 'tile'].map((id) => rig.hub.get(id)?.viewers()[0]?.unitsDropped);
    assert.ok(wall > 0 && tile < wall, `${wall} and ${tile} were left out`);
    rig.close();
  });
});
