/**
 * Whatever readers, cameras, clocks and people do, in any order: what a stream promises holds.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import { isVideo } from '../media/track.ts';
import { Hub } from './hub.ts';
import type { Attachment, Reader } from './reader.ts';
import type { SourceFault } from './source.ts';
import type { StreamPolicy } from './stream.ts';
import { HandSource, testAudioTrack, testSound, testUnit, testVideoTrack } from './testing.ts';

/** Notes every broken promise; throwing would only get it removed. */
class StrictReader implements Reader {
  readonly kind = 'test';
  attachment: Attachment | undefined;
  gone = false;
  pending = 0;
  /** Done from within the next unit. */
  next: (() => void) | undefined;
  #tracks: readonly Track[] = [];
  #mayContinue = false;
  readonly #lastSeconds = new Map<string, number>();
  readonly #complaints: string[];

  constructor(complaints: string[]) {
    this.#complaints = complaints;
  }

  onTracks(tracks: readonly Track[]): void {
    this.#expect(!this.gone, 'tracks after the end');
    this.#tracks = tracks;
    this.#mayContinue = !tracks.some((track) => isVideo(track.codec));
  }

  onUnit(unit: AccessUnit): void {
    this.#expect(!this.gone, 'a unit after the end');
    const track = this.#tracks[unit.track];
    if (!track) return this.#expect(false, 'a unit of no track');
    if (!this.#mayContinue) this.#expect(unit.key && isVideo(track.codec), 'does not begin at a keyframe');
    this.#mayContinue = true;
    const seconds = unit.dts / track.clockHz;
    const last = this.#lastSeconds.get(track.codec.kind) ?? Number.NEGATIVE_INFINITY;
    this.#expect(seconds > last, `${track.codec.kind} goes back from ${last} to ${seconds}`);
    this.#lastSeconds.set(track.codec.kind, seconds);
    const act = this.next;
    this.next = undefined;
    act?.();
  }

  onDiscontinuity(): void {
    this.#expect(!this.gone, 'a break after the end');
    this.#mayContinue &&= !this.#tracks.some((track) => isVideo(track.codec));
  }

  onEnd(): void {
    this.#expect(!this.gone, 'a second end');
    this.gone = true;
  }

  pendingBytes(): number {
    return this.pending;
  }

  #expect(holds: boolean, complaint: string): void {
    if (!holds) this.#complaints.push(complaint);
  }

  leave(): void {
    this.gone = true;
    this.attachment?.detach();
  }
}

const trackSets: readonly (readonly Track[])[] = [
  [testVideoTrack()],
  [testVideoTrack(1), testAudioTrack(1)],
  [testVideoTrack(), testAudioTrack(1)],
  [testAudioTrack(0)],
];
const faults: readonly SourceFault['kind'][] = ['ended', 'refused', 'wrong-password', 'not-found'];
const policies = [
  { start: 'on-demand', closeAfterMs: 0, maxReaders: 0 },
  { start: 'on-demand', closeAfterMs: 10_000, maxReaders: 0 },
  { start: 'always', closeAfterMs: 0, maxReaders: 0 },
] as const satisfies readonly StreamPolicy[];

/** One stream, and everything that can happen to it. */
class World {
  readonly clock = new ManualClock();
  readonly hub = new Hub({ clock: this.clock, log: silentLog, random: () => 0.5 });
  readonly sources = [new HandSource('192.0.2.7'), new HandSource()];
  readonly stream = this.hub.add('cam_test', this.source(0), {
    start: 'on-demand',
    closeAfterMs: 0,
    maxReaders: 0,
  });
  readonly readers: StrictReader[] = [];
  readonly complaints: string[] = [];
  #told: readonly Track[] = [];

  source(index: number): HandSource {
    return this.sources[index % this.sources.length] ?? new HandSource();
  }

  connections() {
    return this.sources.flatMap((source) => source.connections);
  }

  attach(): void {
    const reader = new StrictReader(this.complaints);
    this.readers.push(reader);
    const attached = this.stream.attach(reader);
    if (attached.ok) reader.attachment = attached.value;
  }

  reader(index: number): StrictReader | undefined {
    return this.readers[index % Math.max(1, this.readers.length)];
  }

  tracks(set: number): void {
    this.#told = trackSets[set % trackSets.length] ?? [];
    for (const { sink } of this.connections()) sink.tracks(this.#told);
  }

  /** What most connections begin with. */
  comeAlive(set: number, soundOffMs: number): void {
    this.clock.advance(1_000);
    this.tracks(set);
    this.unit(0, true, 0);
    this.unit(1, true, soundOffMs);
  }

  /** From every connection there ever was: those that are closed must not be heard. */
  unit(trackId: number, key: boolean, offMs: number): void {
    const atSeconds = (this.clock.nowMs() + offMs) / 1000;
    const track = this.#told[trackId];
    const isSound = track !== undefined && !isVideo(track.codec);
    const unit = isSound ? testSound(atSeconds, trackId) : { ...testUnit(atSeconds, key), track: trackId };
    for (const { sink } of this.connections()) sink.unit(unit);
  }

  fail(kind: number): void {
    const fault = faults[kind % faults.length] ?? 'ended';
    for (const connection of this.connections()) connection.fail(fault);
  }
}

interface Step {
  readonly what: keyof typeof acts;
  readonly n: number;
  readonly key: boolean;
  readonly offMs: number;
  /** Not now, but while the next unit goes round. */
  readonly nested: boolean;
}

const waitsMs = [1, 40, 600, 4_500, 11_000, 61_000] as const;
const pendingBytes = [0, 3_000_000, 5_000_000] as const;
const acts = {
  attach: (world: World) => world.attach(),
  leave: (world: World, { n }: Step) => world.reader(n)?.leave(),
  tracks: (world: World, { n }: Step) => world.tracks(n),
  comeAlive: (world: World, { n, offMs }: Step) => world.comeAlive(n, offMs),
  unit: (world: World, { n, key, offMs }: Step) => world.unit(n % 3, key, offMs),
  wait: (world: World, { n }: Step) => world.clock.advance(waitsMs[n] ?? 0),
  setClock: (world: World, { offMs }: Step) => world.clock.stepWall(offMs * 10_000),
  fail: (world: World, { n }: Step) => world.fail(n),
  replace: (world: World, { n }: Step) => world.stream.replaceSource(world.source(n)),
  configure: (world: World, { n }: Step) => world.stream.configure(policies[n % 3] ?? policies[0]),
  slow: (world: World, { n }: Step) => {
    const reader = world.reader(n);
    if (reader) reader.pending = pendingBytes[n % 3] ?? 0;
  },
} as const;

/** What people do, at any moment; a source delivers only from its own tasks. */
const atAnyMoment: ReadonlySet<keyof typeof acts> = new Set(['attach', 'leave', 'replace', 'configure']);
const what = fc.constantFrom<(keyof typeof acts)[]>(
  ...(['attach', 'leave', 'tracks', 'setClock', 'fail', 'replace', 'configure', 'slow'] as const),
  ...(['attach', 'comeAlive', 'comeAlive', 'wait', 'wait', 'unit', 'unit', 'unit', 'unit'] as const),
);
const step: fc.Arbitrary<Step> = fc.record({
  what,
  n: fc.nat({ max: 5 }),
  key: fc.boolean(),
  offMs: fc.integer({ min: -200, max: 200 }),
  nested: fc.boolean(),
});

function perform(world: World, one: Step): void {
  const reader = one.nested && atAnyMoment.has(one.what) ? world.reader(one.n + 1) : undefined;
  if (reader) reader.next = () => acts[one.what](world, one);
  else acts[one.what](world, one);
}

it('a stream keeps its promises', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (all) => {
      const world = new World();
      for (const one of all) {
        perform(world, one);
        const open = world.connections().filter((connection) => !connection.closed).length;
        assert.ok(open <= 1, 'two connections to one camera');
        assert.equal(world.stream.status().state === 'idle', open === 0 && world.clock.timers === 0);
      }
      world.hub.close();
      assert.ok(world.connections().every((connection) => connection.closed));
      assert.equal(world.clock.timers, 0, 'timers left behind');
      assert.ok(world.readers.every((reader) => reader.gone));
      world.unit(0, true, 1_000);
      assert.deepEqual(world.complaints, []);
    }),
    { numRuns: 300 },
  );
});
