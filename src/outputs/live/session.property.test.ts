import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { testAudioTrack, testVideoTrack } from '../../hub/testing.ts';
import { binaryKind } from './messages.ts';
import type { HandSocket } from './rig.testing.ts';
import { Rig, subscribe } from './rig.testing.ts';

const cameras = ['door', 'yard', 'off'] as const;
const channel = fc.nat(4);
const camera = fc.constantFrom(...cameras);

/** What viewers and the network do. */
const ofViewer = fc.record({
  viewer: fc.nat(2),
  do: fc.oneof(
    fc.record({ kind: fc.constant('subscribe' as const), channel, camera }),
    fc.record({ kind: fc.constant('unsubscribe' as const), channel }),
    fc.record({ kind: fc.constantFrom('nonsense', 'stop-reading', 'drain', 'gone') }),
  ),
});
/** What cameras do. */
const ofCamera = fc.record({
  camera: fc.constantFrom('door', 'yard'),
  do: fc.oneof(
    fc.record({ kind: fc.constant('change' as const), variant: fc.nat(2), sound: fc.boolean() }),
    fc.record({ kind: fc.constant('fail' as const) }),
    fc.record({
      kind: fc.constant('play' as const),
      pictures: fc.nat(40),
      bytes: fc.constantFrom(100, 90_000),
    }),
  ),
});
type Does<A> = A extends fc.Arbitrary<infer T> ? T : never;

function viewerDoes(rig: Rig, viewers: ReturnType<Rig['viewer']>[], step: Does<typeof ofViewer>): void {
  const viewer = viewers[step.viewer];
  assert.ok(viewer);
  const { session, socket } = viewer;
  switch (step.do.kind) {
    case 'subscribe':
      return session.receive(subscribe(step.do.camera, step.do.channel));
    case 'unsubscribe':
      return session.receive({ type: 'unsubscribe', channel: step.do.channel });
    case 'nonsense':
      return session.receive(undefined, 'x');
    case 'stop-reading':
      socket.reads = false;
      return;
    case 'drain':
      return socket.drain();
    case 'gone':
      session.closed();
      viewers[step.viewer] = rig.viewer();
  }
}

function cameraDoes(rig: Rig, step: Does<typeof ofCamera>): void {
  switch (step.do.kind) {
    case 'change': {
      const video = testVideoTrack(step.do.variant);
      rig.tracks(step.camera, step.do.sound ? [video, testAudioTrack()] : [video]);
      return;
    }
    case 'fail':
      rig.sources.get(step.camera)?.current.fail('ended');
      rig.clock.advance(20_000);
      rig.tracks(step.camera);
      return;
    case 'play':
      rig.play(step.camera, step.do.pictures, { bytes: step.do.bytes });
  }
}

/** What a player relies on: a feed is told, then its init segment comes, then a keyframe, then the rest. */
function assertPlayable(socket: HandSocket): void {
  const told = new Set(socket.said('tracks').map(({ feed }) => feed));
  const begun = new Map<number, 'init' | 'media'>();
  for (const { kind, key, feed } of socket.media) {
    assert.ok(told.has(feed));
    if (kind === binaryKind.init) begun.set(feed, 'init');
    else {
      assert.ok(begun.has(feed) && (key || begun.get(feed) === 'media'));
      begun.set(feed, 'media');
    }
  }
}

it('whatever viewers, cameras and the network do: players can play what they get, and nothing is left at the end', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(ofViewer, ofCamera), { maxLength: 40 }), (steps) => {
      const rig = new Rig().camera('door').tracks('door').camera('yard', { maxReaders: 2 }).tracks('yard');
      const viewers = [rig.viewer(), rig.viewer(), rig.viewer()];
      for (const step of steps) {
        if ('viewer' in step) viewerDoes(rig, viewers, step);
        else cameraDoes(rig, step);
        for (const { socket } of viewers) assert.ok(socket.bufferedBytes < 8 * 1024 * 1024);
      }
      for (const { socket } of viewers) assertPlayable(socket);
      rig.close();
    }),
    { numRuns: 60 },
  );
});
