import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as check, property, string } from 'fast-check';
import { strengthOf } from './password-words.ts';

describe('words about a password', () => {
  it('say what is asked for before anything is typed', () => {
    assert.match(strengthOf('').words, /At least 12 characters/);
  });

  it('count down to the length that is needed', () => {
    assert.equal(strengthOf('abc').words, '9 more characters.');
    assert.equal(strengthOf('abcdefghijk').words, 'One more character.');
  });

  it('warn of the account’s own name, of what everybody takes, and of repetition', () => {
    assert.match(strengthOf('ada-lovelace-1815', 'Ada-Lovelace').words, /name of the account/);
    assert.match(strengthOf('MyPassword2026!!').words, /many passwords/);
    assert.match(strengthOf('aaaaaaaaaaaaaaaa').words, /same characters/);
    assert.equal(strengthOf('zyxwvutsrqpo').level, 1);
  });

  it('praise a few words, and what is long and mixed', () => {
    assert.equal(strengthOf('copper lantern drifts').level, 3);
    assert.equal(strengthOf('tR7!vLq2@wZ9').level, 2);
  });

  it('whatever is typed, only what is long enough is more than not enough', () => {
    check(
      property(string({ unit: 'grapheme' }), string(), (password, own) => {
        const { level, words } = strengthOf(password, own);
        assert.ok(words.length > 0);
        assert.equal(level === 0, password.length < 12);
      }),
      { numRuns: 200 },
    );
  });
});
