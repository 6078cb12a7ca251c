/** A recording policy while it is typed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordingPolicyInput } from '../../../../src/api/contract/recording.ts';
import { recordingPolicySchema } from '../../../../src/api/contract/recording.ts';
import { draftOfPolicy, faultsOfPolicy, policyOf } from './policy-draft.ts';

const nightly: RecordingPolicyInput = {
  mode: 'schedule',
  schedule: [{ days: [0, 6], fromMinute: 0, toMinute: 1440 }],
  preSeconds: 5,
  postSeconds: 30,
  retention: { maxAgeDays: 30, maxBytes: 250_000_000_000, minAgeDays: 7 },
};
const off = recordingPolicySchema.parse({});

test('a stored policy comes back as it was', () => {
  assert.deepEqual(policyOf(draftOfPolicy(nightly)), nightly);
  assert.deepEqual(policyOf(draftOfPolicy(off)), off);
});

test('nothing typed means no limit', () => {
  const draft = { ...draftOfPolicy(nightly), maxAgeDays: '', maxGigabytes: ' ', minAgeDays: '' };
  assert.deepEqual(policyOf(draft)?.retention, { maxAgeDays: null, maxBytes: null, minAgeDays: 0 });
});

test('what is wrong is said at its field', () => {
  const draft = draftOfPolicy(nightly);
  assert.match(faultsOfPolicy({ ...draft, maxAgeDays: 'a week' }).maxAgeDays ?? '', /number of days/);
  assert.match(faultsOfPolicy({ ...draft, minAgeDays: '31' }).minAgeDays ?? '', /More than/);
  assert.match(faultsOfPolicy({ ...draft, schedule: [] }).schedule ?? '', /nothing is recorded/);
  const night = [{ days: [0], from: '22:00', to: '06:00' }];
  assert.match(faultsOfPolicy({ ...draft, schedule: night }).schedule ?? '', /add two/);
  assert.equal(policyOf({ ...draft, schedule: night }), undefined);
});

test('fields that the mode does not show are not looked at', () => {
  const draft = { ...draftOfPolicy(off), mode: 'continuous' as const, preSeconds: 'x', schedule: [] };
  assert.deepEqual(faultsOfPolicy(draft), {});
  assert.equal(policyOf(draft)?.preSeconds, 10);
});
