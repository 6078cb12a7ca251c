import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { provisionedCameraSchema } from '../contract/provisioning.ts';
import { importCameras } from './import.ts';

const formats = ['auto', 'go2rtc', 'mediamtx', 'frigate'] as const;

/** Words that steer an importer, and others. */
const word = fc.oneof(
  fc.constantFrom('streams', 'paths', 'cameras', 'ffmpeg', 'inputs', 'path', 'roles', 'record', 'go2rtc'),
  fc.constantFrom('source', 'pathDefaults', 'retain', 'days', 'enabled', '__proto__', 'constructor', 'url'),
  fc.string({ maxLength: 20 }),
);
const value = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(
      'rtsp://u:p@h/1',
      'publisher',
      'exec:rm',
      'rtsp://127.0.0.1:8554/streams',
      '${A}',
      null,
      true,
    ),
    fc.string(),
    fc.double(),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 5 }),
  ),
})).tree;

test('any tree of values gives cameras that the contract takes, and bounded notes', () => {
  fc.assert(
    fc.property(value, fc.constantFrom(...formats), (tree, format) => {
      const result = importCameras({ format, text: JSON.stringify(tree) ?? '', variables: {} });
      if (!result.ok) return assert.ok(result.error.length < 1000);
      for (const camera of result.value.cameras) assert.ok(provisionedCameraSchema.safeParse(camera).success);
      assert.ok(
        result.value.notes.every(({ where, message }) => where.length < 300 && message.length < 1000),
      );
    }),
    { numRuns: 300 },
  );
});

test('any text comes to an answer', () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        'streams:',
        ' ',
        '\n',
        '- ',
        '&a ',
        '*a',
        '<<: ',
        '{',
        '}',
        '[',
        '!!',
        '"',
        "'",
        '|',
        'a: ',
      ),
    )
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), yamlish),
      fc.constantFrom(...formats),
      (text, format) => {
        const result = importCameras({ format, text, variables: {} });
        assert.equal(typeof (result.ok ? result.value.format : result.error), 'string');
      },
    ),
    { numRuns: 300 },
  );
});
