/**
 * Whatever happens to camera, disk and policy: no frame is stored twice or out of order, and every moment in which a
 * recording was wanted is in a file or in the ledger.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { testVideoTrack } from '../hub/testing.ts';
import { MemoryArchive } from './memory-archive.testing.ts';
import { recordingOff } from './policy.ts';
import { Rig, camera, continuous, startMs } from './rig.testing.ts';

const seconds = fc.integer({ min: 1, max: 200 }).map((tenths) => tenths / 10);
const happening = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('play' as const), seconds }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('silence' as const), seconds }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'drop',
        'refuse',
        'tracks',
        'off',
        'on',
        'disk-fails',
        'disk-works',
        'disk-hangs',
        'by-hand',
        'mode',
      ),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

const broken = { kind: 'disk-failed', message: 'The disk failed.' } as const;
const allDay = [{ days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 1440 }];

class Story {
  readonly rig = new Rig({ archive: new MemoryArchive(), live: false });
  #variant = 0;
  #enabled = true;
  #scheduled = false;

  async tell(happenings: readonly Happening[]): Promise<void> {
    for (const one of happenings) {
      this.#happen(one);
      await this.rig.settle();
    }
    this.#happen({ kind: 'disk-works' });
    this.#happen({ kind: 'on' });
    // Long enough for every retry of camera and disk.
    for (let round = 0; round < 12; round += 1) {
      this.rig.play(6);
      await this.rig.look();
    }
  }

  #happen(one: Happening): void {
    const { rig } = this;
    if (one.kind === 'play') rig.play(one.seconds);
    else if (one.kind === 'silence') rig.silence(one.seconds);
    else if (one.kind === 'by-hand') rig.recordings.begin(camera, 5000, '');
    else if (one.kind.startsWith('disk')) this.#disk(one.kind);
    else this.#camera(one.kind);
  }

  #camera(kind: Happening['kind']): void {
    const { rig } = this;
    if (kind === 'on' || kind === 'off') this.#switch(kind === 'on');
    if (kind === 'tracks') rig.change([testVideoTrack((this.#variant += 1))]);
    if (!this.#enabled) return;
    if (kind === 'drop') rig.drop();
    if (kind === 'refuse') rig.source.current.fail('refused');
    if (kind !== 'mode') return;
    this.#scheduled = !this.#scheduled;
    rig.policy = this.#scheduled ? { ...recordingOff, mode: 'schedule', schedule: allDay } : continuous;
  }

  #switch(enabled: boolean): void {
    if (this.#enabled === enabled) return;
    this.#enabled = enabled;
    this.rig.switch(enabled);
  }

  #disk(kind: Happening['kind']): void {
    const { archive } = this.rig;
    if (kind === 'disk-hangs') archive.quick = false;
    if (kind === 'disk-fails') {
      archive.fault = broken;
      for (const recording of archive.recordings) if (!recording.isOver) recording.fail(broken);
    }
    if (kind !== 'disk-works') return;
    archive.fault = undefined;
    archive.quick = true;
    archive.sync();
  }
}

const stories = fc.array(happening, { minLength: 1, maxLength: 25 });

describe('whatever happens', () => {
  it('every moment that was wanted is in a file or in the ledger', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (happenings) => {
        const story = new Story();
        await story.tell(happenings);
        const { rig } = story;
        const files = rig.archive.recordings.flatMap(({ stored }) =>
          stored.map((one) => ({ fromMs: one.startMs, toMs: one.startMs + one.durationMs })),
        );
        const rows = [...rig.gaps.values()].map((gap) => ({
          fromMs: gap.startMs,
          toMs: gap.endMs ?? rig.clock.nowMs(),
        }));
        const spans = [...files, ...rows].toSorted((a, b) => a.fromMs - b.fromMs);
        let coveredMs = startMs;
        for (const { fromMs, toMs } of spans) {
          assert.ok(
            fromMs - coveredMs <= 300,
            `nothing tells of ${coveredMs - startMs} to ${fromMs - startMs}`,
          );
          coveredMs = Math.max(coveredMs, toMs);
        }
        assert.ok(rig.clock.nowMs() - coveredMs < 2500, 'up to now');
        const open = [...rig.gaps.values()].filter(({ endMs }) => endMs === null);
        assert.deepEqual(open, [], 'all is well again');
      }),
      { numRuns: 60 },
    );
  });

  it('no frame is stored twice, and each file begins with a keyframe', async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (happenings) => {
        const story = new Story();
        await story.tell(happenings);
        const { recordings } = story.rig.archive;
        let lastMs = 0;
        for (const { stored } of recordings) {
          if (stored.length > 0) assert.equal(stored[0]?.key, true);
          for (const { startMs: fromMs, durationMs } of stored) {
            assert.ok(fromMs >= lastMs - 50, `${fromMs - startMs} after ${lastMs - startMs}`);
            lastMs = fromMs + durationMs;
          }
        }
        await story.rig.recordings.close();
        const { framesReceived, framesStored, framesLost } = story.rig.report.account;
        assert.equal(framesReceived, framesStored + framesLost);
        assert.equal(story.rig.report.pendingBytes, 0);
      }),
      { numRuns: 60 },
    );
  });
});
