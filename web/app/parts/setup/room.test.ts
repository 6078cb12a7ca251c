import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { roomWords, speedAdvice } from './room.ts';

describe('how far the room goes', () => {
  it('is told in days, or hours when it is little', () => {
    // Four cameras at 4 Mbit/s write 2 MB in a second.
    assert.equal(roomWords(2e6 * 86_400 * 21), 'about 21 days of four cameras at 4 Mbit/s');
    assert.equal(roomWords(2e6 * 3600 * 5), 'about 5 hours of four cameras at 4 Mbit/s');
    assert.equal(roomWords(2e6 * 3600), 'about one hour of four cameras at 4 Mbit/s');
    assert.match(roomWords(0), /hardly anything/);
  });
});

describe('advice about a disk', () => {
  it('is given when it is too slow to write or to make safe', () => {
    assert.match(speedAdvice({ writeBytesPerSecond: 2e6, syncMs: 5 }), /not keep up/);
    assert.match(speedAdvice({ writeBytesPerSecond: 90e6, syncMs: 800 }), /gaps/);
    assert.equal(speedAdvice({ writeBytesPerSecond: 90e6, syncMs: 12 }), '');
  });
});
