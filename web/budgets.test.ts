import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from './budgets.ts';

const files = new Map([
  ['app.js', { gzipBytes: 100, needs: ['player.js', 'app.css'] }],
  ['app.css', { gzipBytes: 10, needs: [] }],
  ['player.js', { gzipBytes: 40, needs: ['shared.js'] }],
  ['shared.js', { gzipBytes: 5, needs: ['player.js'] }],
  ['lazy.js', { gzipBytes: 1000, needs: ['app.js'] }],
]);

test('a first load is the entry and all it needs, each file once, and nothing lazy', () => {
  const budget = { name: 'app', entry: /^app\.js$/, limitBytes: 155 };
  assert.deepEqual(measure(files, budget), { budget, bytes: 155, kept: true });
  assert.equal(measure(files, { ...budget, limitBytes: 154 }).kept, false);
});

test('what is loaded later pays for itself alone', () => {
  const budget = { name: 'lazy', entry: /^lazy\.js$/, after: /^app\.js$/, limitBytes: 1000 };
  assert.deepEqual(measure(files, budget), { budget, bytes: 1000, kept: true });
});

test('a budget that guards no file is broken', () => {
  assert.equal(measure(files, { name: 'gone', entry: /^gone\.js$/, limitBytes: 1e9 }).kept, false);
});
