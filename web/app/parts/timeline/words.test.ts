import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gapWords, momentWords, rangeText, targetWords } from './words.ts';

const at = (text: string) => Date.parse(`2026-11-21T${text}Z`);
const gap = {
  startMs: at('14:03:00'),
  endMs: at('14:07:00'),
  cause: 'camera-offline',
  detail: 'Connection refused',
  open: false,
} as const;

describe('words for what is missing', () => {
  it('say from when to when, and why', () => {
    assert.equal(gapWords(gap, 'UTC'), 'No recording 14:03–14:07: the camera was offline');
    assert.equal(gapWords(gap, 'Europe/Berlin'), 'No recording 15:03–15:07: the camera was offline');
    assert.deepEqual(targetWords({ kind: 'gap', gaps: [gap] }, 'UTC').more, '4 min · Connection refused');
  });

  it('do not say the same twice', () => {
    const off = { ...gap, cause: 'disabled', detail: 'The camera was switched off.' } as const;
    assert.equal(targetWords({ kind: 'gap', gaps: [off] }, 'UTC').more, '4 min');
  });

  it('say since when, as long as it lasts', () => {
    const open = { ...gap, cause: 'disk-full', open: true } as const;
    assert.equal(gapWords(open, 'UTC'), 'No recording since 14:03: the disk is full');
  });

  it('tell short ones to the second, and long ones with their days', () => {
    assert.equal(rangeText(at('14:03:05'), at('14:03:09'), 'UTC'), '14:03:05–14:03:09');
    const later = Date.parse('2026-11-23T08:00:00Z');
    assert.equal(rangeText(at('14:03:00'), later, 'UTC'), 'Sat 21 Nov 14:03 – Mon 23 Nov 08:00');
  });

  it('count what lies too close to be told apart', () => {
    const later = { ...gap, startMs: at('15:00:00'), endMs: at('15:30:00') };
    const words = targetWords({ kind: 'gap', gaps: [gap, later] }, 'UTC');
    assert.equal(words.title, '2 gaps, 14:03–15:30');
    assert.match(words.more, /^First: No recording 14:03–14:07/);
  });

  it('are others where nothing was meant to be recorded', () => {
    assert.match(momentWords({ kind: 'none', nextMs: undefined }, 'UTC').more, /No recording was asked for/);
  });
});

describe('words for events and holds', () => {
  it('name the event, or count them', () => {
    const bell = {
      id: 'a',
      startMs: at('14:03:05'),
      endMs: at('14:03:06'),
      kind: 'trigger',
      label: 'Door bell',
      count: 1,
    };
    assert.equal(targetWords({ kind: 'event', events: [bell] }, 'UTC').title, 'Door bell, 14:03:05');
    const many = targetWords({ kind: 'event', events: [bell, { ...bell, count: 4 }] }, 'UTC');
    assert.match(many.title, /^5 events/);
  });

  it('say why footage is held', () => {
    const held = { id: 'h', startMs: gap.startMs, endMs: gap.endMs, reason: 'Theft' };
    assert.equal(targetWords({ kind: 'held', held: [held] }, 'UTC').title, 'Held, is not deleted: Theft');
  });
});
