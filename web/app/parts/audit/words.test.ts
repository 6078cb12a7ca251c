import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deedWords, kindWord } from './words.ts';

describe('words of the audit log', () => {
  it('say what was done to which camera', () => {
    assert.equal(deedWords({ action: 'camera.watch', outcome: 'done', target: '' }, 'Gate'), 'watched Gate');
  });

  it('say what was refused', () => {
    assert.equal(
      deedWords({ action: 'settings.change', outcome: 'refused', target: '' }, undefined),
      'tried to change settings, and was refused',
    );
  });

  it('name what it was done to when that is no camera', () => {
    assert.equal(
      deedWords({ action: 'user.change', outcome: 'done', target: 'Ada' }, undefined),
      'changed a person “Ada”',
    );
  });

  it('leave out ids, which say nothing to people', () => {
    const words = deedWords(
      { action: 'user.change', outcome: 'done', target: 'usr_3nzc2bg67313f04k' },
      undefined,
    );
    assert.equal(words, 'changed a person');
  });

  it('end well where there is nothing it was done to', () => {
    assert.equal(
      deedWords({ action: 'camera.replay', outcome: 'done', target: '' }, undefined),
      'watched recordings',
    );
  });

  it('an action without words is shown as it is', () => {
    assert.equal(deedWords({ action: 'tea.make', outcome: 'done', target: '' }, undefined), 'tea.make');
  });

  it('a person needs no kind; a key does', () => {
    assert.equal(kindWord('user'), undefined);
    assert.equal(kindWord('key'), 'API key');
  });
});
