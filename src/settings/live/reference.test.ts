import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { settingsReference } from './reference.ts';
import { settingKeys } from './registry.ts';

test('the reference page of the settings is current, and names each', async () => {
  const page = await readFile(new URL('../../../docs/reference/settings.md', import.meta.url), 'utf8');
  assert.equal(page, settingsReference(), 'run: node src/settings/write-reference.ts');
  for (const key of settingKeys) assert.ok(page.includes(`| \`${key}\``), key);
});
