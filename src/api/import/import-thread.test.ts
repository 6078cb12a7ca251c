import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importInThread } from './import-thread.ts';

const input = { format: 'auto', variables: {} } as const;

test('what is slow to read holds up nobody else, and no more than two are read at once', async () => {
  const slow = { ...input, text: '['.repeat(150_000) };
  const reading = [importInThread(slow), importInThread(slow)];
  const third = await importInThread(slow);
  assert.ok(!third.ok);
  assert.match(third.error, /^Other files are being read/);
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const answers = await Promise.all(reading);
  clearInterval(timer);
  assert.ok(turns > 20, `the server had ${turns} turns meanwhile`);
  assert.ok(answers.every(({ ok }) => !ok));
  const good = await importInThread({ ...input, text: 'streams: { a: "rtsp://10.0.0.1/1" }' });
  assert.ok(good.ok);
  assert.equal(good.value.cameras.length, 1);
});
