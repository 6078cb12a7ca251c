import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { HistoryItem } from '../../../../src/api/contract/history.ts';
import type { GapItem } from './grouping.ts';
import { linesOf, totalMs } from './grouping.ts';
import { lookOf } from './words.ts';

const minuteMs = 60_000;
const noonMs = Date.UTC(2026, 10, 21, 12);

function gap(minute: number, seconds: number, changes: Partial<GapItem> = {}): GapItem {
  const startMs = noonMs + minute * minuteMs;
  const id = `gap_${changes.cameraId ?? 'cam_1'}_${minute}`;
  const times = { atMs: startMs, startMs, endMs: startMs + seconds * 1000 };
  return { kind: 'gap', id, cameraId: 'cam_1', cause: 'camera-offline', detail: '', ...times, ...changes };
}

const bell = (minute: number): HistoryItem => {
  const startMs = noonMs + minute * minuteMs;
  return {
    kind: 'event',
    id: `evt_${minute}`,
    cameraId: 'cam_2',
    event: 'trigger',
    label: 'Bell',
    atMs: startMs,
    startMs,
    endMs: startMs,
  };
};

const shape = (items: readonly HistoryItem[]) =>
  linesOf(items).map((line) => (line.kind === 'one' ? line.item.id : line.gaps.length));

const at = (minute: number) => [gap(minute + 2, 5), gap(minute + 1, 5), gap(minute, 5)];

const words = (item: HistoryItem) => lookOf({ kind: 'one', item }, 'UTC').title;

describe('many small gaps', () => {
  it('are one line, though something else happened between them', () => {
    const items = [gap(20, 15), bell(15), gap(12, 15), gap(5, 15), gap(0, 15)];
    assert.deepEqual(shape(items), [4, 'evt_15']);
    const [group] = linesOf(items);
    assert.ok(group?.kind === 'gaps');
    assert.equal(totalMs(group.gaps), minuteMs);
    assert.equal(lookOf(group, 'UTC').title, '4 gaps between 12:00 and 12:20, 1 min together');
  });

  it('two are told one by one, and so are those of different cameras and causes', () => {
    assert.equal(shape([gap(2, 5), gap(1, 5)]).length, 2);
    const mixed = [
      gap(4, 5),
      gap(3, 5, { cameraId: 'cam_2' }),
      gap(2, 5),
      gap(1, 5, { id: 'x', cause: 'disk-slow' }),
    ];
    assert.equal(shape(mixed).length, 4);
  });

  it('long ones, and one that lasts, stand by themselves', () => {
    const items = [gap(40, 0, { endMs: null }), gap(30, 5), gap(20, 400), gap(15, 5), gap(10, 5)];
    assert.deepEqual(shape(items).length, 5);
    assert.ok(shape(items).includes('gap_cam_1_40') && shape(items).includes('gap_cam_1_20'));
  });

  it('those of the morning are not those of the evening', () => {
    assert.deepEqual(shape([...at(300), ...at(0)]), [3, 3]);
  });

  it('nothing is lost or told twice, and the newest stays first', () => {
    const item = fc.tuple(fc.nat(500), fc.nat(600), fc.constantFrom('cam_1', 'cam_2'), fc.boolean());
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), (drawn) => {
        const items = drawn
          .map(([minute, seconds, cameraId, isBell], i): HistoryItem => {
            const item = isBell ? bell(minute) : gap(minute, seconds, { cameraId });
            return { ...item, id: `id_${i}` };
          })
          .toSorted((a, b) => b.atMs - a.atMs);
        const lines = linesOf(items);
        const told = lines.flatMap((line): readonly HistoryItem[] =>
          line.kind === 'one' ? [line.item] : line.gaps,
        );
        assert.equal(told.length, items.length);
        assert.deepEqual(new Set(told.map(({ id }) => id)), new Set(items.map(({ id }) => id)));
        const times = lines.map((line) => (line.kind === 'one' ? line.item.atMs : (line.gaps[0]?.atMs ?? 0)));
        assert.deepEqual(
          times,
          times.toSorted((a, b) => b - a),
        );
      }),
    );
  });
});

describe('what happened, in words', () => {
  it('says what is missing, how long, and why', () => {
    assert.equal(words(gap(0, 200)), 'No recording for 3 min: the camera was offline');
    assert.equal(words(gap(0, 0.4, { cause: 'disk-slow' })), 'No recording for 0.4 s: the disk was too slow');
    assert.equal(words(gap(0, 0, { endMs: null })), 'No recording since then: the camera is offline');
    assert.equal(words(gap(0, 0, { cause: 'clock-stepped' })), 'The server’s clock was set');
  });

  it('calls an event as whoever told of it does', () => {
    assert.equal(words(bell(1)), 'Bell');
    assert.equal(words({ ...bell(1), label: '' } as HistoryItem), 'Trigger');
    assert.equal(words({ ...bell(1), event: 'manual' } as HistoryItem), 'Recorded by hand');
  });
});
