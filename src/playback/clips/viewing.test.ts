/** A viewing by a clock that is moved by hand: what is listed when. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { err, ok } from '../../base/result.ts';
import type { StoredClip } from '../../database/clips.ts';
import type { MediaFault } from './media.ts';
import type { ClipPlace, Replay } from './viewing.ts';
import { Viewing } from './viewing.ts';

const startMs = 1_700_000_000_000;
const leadMs = 27_000;

/** Clips of six seconds, each one part. */
function clipAt(seconds: number): StoredClip {
  const id = `clip_${String(seconds).padStart(16, '0')}`;
  const begin = startMs + seconds * 1000;
  return {
    id,
    clientId: 'cli_0',
    volumeId: 'vol',
    path: id,
    keyId: null,
    contentHash: id,
    container: 'mp4',
    startMs: begin,
    endMs: begin + 6000,
    bytes: 1,
    records: 1,
    state: 'ready',
    fault: null,
    receivedMs: begin,
  };
}

class Rig {
  readonly clock = new ManualClock(startMs + 1_000_000);
  readonly clips: StoredClip[];
  readonly prepared = new Set<string>();
  readonly faults = new Map<string, MediaFault>();
  readonly viewing: Viewing;

  constructor(seconds: readonly number[], replay?: Replay) {
    this.clips = seconds.map(clipAt);
    this.viewing = new Viewing({
      clock: this.clock,
      clips: {
        next: async (after, limit) => this.#behind(after).slice(0, limit),
        newest: async (limit) => this.clips.slice(-limit),
        around: async (ms) => ({ at: this.clips.find((clip) => clip.endMs > ms), before: undefined }),
      },
      segments: {
        get: async (clip) => {
          const fault = this.faults.get(clip.id);
          return fault ? err(fault) : ok({ bytes: new Uint8Array(1), durationMs: 6000, encoder: 'x' });
        },
        prepare: (clip) => void this.prepared.add(clip.id),
      },
      lookAhead: 3,
      replay,
    });
  }

  /** Starts of what is listed, in seconds; `!` before what does not continue. */
  async listed(): Promise<string[]> {
    await this.viewing.advance();
    await turn();
    const lines = this.viewing.text().split('\n');
    return lines.flatMap((line, at) => {
      const seconds = /segments\/clip_0*(\d+)\.ts/.exec(line)?.[1];
      if (seconds === undefined) return [];
      return lines[at - 3] === '#EXT-X-DISCONTINUITY' ? `!${seconds}` : seconds;
    });
  }

  #behind({ startMs: afterMs, id }: ClipPlace): StoredClip[] {
    return this.clips.filter((clip) => clip.startMs > afterMs || (clip.startMs === afterMs && clip.id > id));
  }
}

const from = (seconds: number): Replay => ({ startMs: startMs + 1_000_000, refMs: startMs + seconds * 1000 });

describe('a replay', () => {
  it('begins with the clip of the moment, runs ahead by what players stay behind, and goes on with the clock', async () => {
    const rig = new Rig([0, 6, 12, 18, 24, 30, 36, 42, 48, 54], from(8));
    assert.deepEqual(await rig.listed(), ['6', '!12', '!18', '!24', '!30']);
    rig.clock.advance(2000);
    assert.deepEqual((await rig.listed()).at(-1), '!36');
    rig.clock.advance(12_000);
    assert.deepEqual((await rig.listed()).at(-1), '!48');
  });

  it('lets go of what was shown, one sequence number for each', async () => {
    const rig = new Rig(
      Array.from({ length: 60 }, (_, number) => number * 6),
      from(0),
    );
    await rig.listed();
    const sequence = () => Number(/MEDIA-SEQUENCE:(\d+)/.exec(rig.viewing.text())?.[1]);
    const first = sequence();
    rig.clock.advance(120_000);
    const listed = await rig.listed();
    // Parts that nobody could be shown any more were never listed: they have no number.
    assert.ok(sequence() > first);
    assert.ok(listed.length * 6000 >= leadMs);
    assert.ok(Number(listed.at(-1)?.slice(1)) * 1000 <= 120_000 + leadMs);
  });

  it('does not run ahead over a hole: what comes after begins when its time comes', async () => {
    const rig = new Rig([0, 6, 100, 106], from(0));
    assert.deepEqual(await rig.listed(), ['0', '!6']);
    rig.clock.advance(99_000);
    assert.deepEqual(await rig.listed(), ['0', '!6']);
    rig.clock.advance(1000);
    assert.deepEqual(await rig.listed(), ['0', '!6', '!100', '!106']);
  });

  it('leaves out a clip that cannot be made, and goes on behind it', async () => {
    const rig = new Rig([0, 6, 12], from(0));
    rig.faults.set(rig.clips[1]?.id ?? '', { kind: 'broken', message: 'damaged' });
    assert.deepEqual(await rig.listed(), ['0', '!12']);
  });

  it('waits for a machine that cannot make anything now, and says why', async () => {
    const rig = new Rig([0, 6], from(0));
    rig.faults.set(rig.clips[0]?.id ?? '', { kind: 'unavailable', message: 'no FFmpeg' });
    assert.deepEqual(await rig.listed(), []);
    assert.equal(rig.viewing.fault, 'no FFmpeg');
    rig.faults.clear();
    assert.deepEqual(await rig.listed(), ['0', '!6']);
  });

  it('has clips made before they are due', async () => {
    const rig = new Rig([0, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60], from(0));
    await rig.listed();
    assert.ok(rig.prepared.has(clipAt(36).id), [...rig.prepared].join(' '));
  });
});

describe('following', () => {
  it('begins with the newest clips and lists each new one as it arrives, late ones never', async () => {
    const rig = new Rig([0, 6, 12, 18, 24, 30, 36, 42]);
    assert.deepEqual(await rig.listed(), ['18', '!24', '!30', '!36', '!42']);
    rig.clips.push(clipAt(50));
    assert.deepEqual((await rig.listed()).at(-1), '!50');
    rig.clips.splice(3, 0, clipAt(20));
    assert.deepEqual((await rig.listed()).at(-1), '!50');
  });

  it('keeps a minute, and leaves no timer behind', async () => {
    const rig = new Rig([0]);
    for (let number = 1; number < 40; number += 1) {
      rig.clips.push(clipAt(number * 6));
      await rig.listed();
    }
    assert.ok((await rig.listed()).length <= 11);
    rig.viewing.close();
    assert.equal(rig.clock.timers, 0);
  });
});
