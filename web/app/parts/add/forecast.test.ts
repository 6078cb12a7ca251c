import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forecastWords } from './forecast.ts';

const totals = { bytes: 100e9, bytesPerDay: 43.2e9, heldBytes: 0, maxBytes: null, minFreeBytes: 14e9 };
const disk = {
  id: '',
  path: '',
  state: 'ready',
  fault: null,
  totalBytes: 2e12,
  freeBytes: 1e12,
  usedBytes: 100e9,
  sealed: false,
  recordings: 1,
} as const;

describe('what one camera more means for the disks', () => {
  it('is said in gigabytes a day and in days, with the cameras there are', () => {
    const words = forecastWords(4e6, { totals, volumes: [disk] });
    assert.match(words, /^About 43 GB a day .* about 12 days; then the oldest/);
  });

  it('keeps to the most that recordings may use', () => {
    assert.match(
      forecastWords(4e6, { totals: { ...totals, maxBytes: 90e9 }, volumes: [disk] }),
      /about one day/,
    );
  });

  it('warns when there is hardly room, and is silent about disks that are not known', () => {
    assert.match(
      forecastWords(4e6, { totals: { ...totals, bytes: 0 }, volumes: [{ ...disk, freeBytes: 0 }] }),
      /less than a day/,
    );
    assert.equal(forecastWords(4e6, undefined), 'About 43 GB a day when it is always recorded.');
    assert.equal(
      forecastWords(4e6, { totals, volumes: [{ ...disk, state: 'missing' }] }),
      'About 43 GB a day when it is always recorded.',
    );
    assert.equal(forecastWords(0, undefined), '');
  });
});
