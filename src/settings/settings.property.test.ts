import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { complaints } from './fault.ts';
import type { SettingsFile } from './file.ts';
import { parseSettingsFile } from './file.ts';
import { settingsSchema } from './schema.ts';
import { nearest } from './suggest.ts';

const keys = [
  'host',
  'port',
  'cameras',
  'name',
  'source',
  'kind',
  'url',
  'network',
  'allow',
  'hls',
  'partMs',
  '__proto__',
];
const lines = fc.array(
  fc.tuple(
    fc.constantFrom('', '  ', '    ', '- ', '  - '),
    fc.constantFrom(...keys),
    fc.oneof(
      fc.constant(''),
      fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
      fc.string({ maxLength: 8 }),
    ),
  ),
  { maxLength: 8 },
);

describe('any text as a configuration file', () => {
  test('is read or refused with a place inside of it, never an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          lines.map((all) => all.map(([i, k, v]) => `${i}${k}: ${v}`).join('\n')),
        ),
        (text) => {
          const parsed = parseSettingsFile(text, 'f');
          const faults = parsed.ok ? faultsOf(parsed.value) : parsed.error;
          for (const fault of faults) {
            const [, line = '', column = ''] = /^f:(\d+):(\d+)$/.exec(fault.where) ?? [];
            assert.ok(Number(line) >= 1 && Number(line) <= text.split('\n').length, fault.where);
            assert.ok(Number(column) >= 1);
            assert.ok(fault.message.length > 0);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

function faultsOf(file: SettingsFile) {
  const checked = settingsSchema.safeParse(file.values);
  return checked.success
    ? []
    : complaints(checked.error, file.values).map((complaint) => file.locate(complaint));
}

describe('a suggestion', () => {
  test('finds a word with one letter wrong, missing or too much', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('network', 'cameras', 'partMs', 'host'),
        fc.nat(),
        fc.constantFrom('x', ''),
        (word, at, by) => {
          const index = at % word.length;
          assert.equal(nearest(word.slice(0, index) + by + word.slice(index + 1), keys), word);
        },
      ),
      { numRuns: 200 },
    );
  });
});
