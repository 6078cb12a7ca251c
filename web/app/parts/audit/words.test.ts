import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditEntry } from '../../../../src/api/contract/accounts.ts';
import { actionWords, deedWords, kindWord } from './words.ts';

const ada: AuditEntry['actor'] = { kind: 'user', id: 'usr_1', name: 'Ada' };
const words = (action: string, target = '', outcome: AuditEntry['outcome'] = 'done', camera?: string) =>
  deedWords({ action, target, outcome, actor: ada }, camera);

describe('words of the audit log', () => {
  it('say what was done to which camera', () => {
    assert.equal(words('camera.watch', '', 'done', 'Gate'), 'watched Gate');
  });

  it('say what was refused', () => {
    assert.equal(words('settings.change', '', 'refused'), 'tried to change settings, and was refused');
  });

  it('say what somebody only wanted to look at', () => {
    assert.equal(words('user.list', '', 'refused'), 'tried to see the people, and was refused');
    assert.ok(!Object.hasOwn(actionWords, 'user.list'));
  });

  it('say what was taken away', () => {
    assert.equal(words('export.download', '', 'done', 'Gate'), 'took an export of Gate');
  });

  it('leave out the day of what was watched: the entry says more below', () => {
    assert.equal(words('camera.replay', '2026-11-21', 'done', 'Gate'), 'watched recordings of Gate');
  });

  it('name what it was done to when that is no camera', () => {
    assert.equal(words('user.change', 'Grace'), 'changed a person “Grace”');
    assert.equal(words('session.create', 'Grace', 'refused'), 'tried to sign in as “Grace”, and was refused');
  });

  it('do not say the name of whoever did it twice', () => {
    assert.equal(words('session.create', 'Ada'), 'signed in');
  });

  it('leave out ids, which say nothing to people', () => {
    assert.equal(words('user.change', 'usr_3nzc2bg67313f04k'), 'changed a person');
  });

  it('end well where there is nothing it was done to', () => {
    assert.equal(words('camera.replay'), 'watched recordings');
  });

  it('an action without words is shown as it is', () => assert.equal(words('tea.make'), 'tea.make'));

  it('a person needs no kind; a key does', () => {
    assert.equal(kindWord('user'), undefined);
    assert.equal(kindWord('key'), 'API key');
  });
});
