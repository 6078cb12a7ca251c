/**
 * Runs test files in two stages and prints one closing line: `N passed, N failed`.
 * In: glob patterns as arguments. Out: exit code 1 when a test failed.
 */
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Real servers, encoders and browsers fill a machine of two cores: two files at once make each other late. */
const isWhole = (file) => file.startsWith('test/');
const stages = [
  { takes: (file) => !isWhole(file), concurrency: 2 },
  { takes: isWhole, concurrency: 1 },
];
const timeoutMs = 300_000;

const files = globSync(process.argv.slice(2)).sort();
const sum = { tests: 0, passed: 0, skipped: 0, todo: 0 };

for (const { takes, concurrency } of stages) {
  const chosen = files.filter(takes);
  if (chosen.length > 0) await runStage(chosen, concurrency);
}
const failed = sum.tests - sum.passed - sum.skipped - sum.todo;
const rest = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
console.log(`${sum.passed} passed, ${failed} failed${rest}`);
if (failed > 0 || sum.tests === 0) process.exitCode = 1;

async function runStage(chosen, concurrency) {
  // A failed test may leave a server open; its file ends all the same, and takes the server along.
  const execArgv = ['--test-force-exit'];
  const events = run({ files: chosen, concurrency, timeout: timeoutMs, execArgv });
  events.on('test:summary', ({ file, counts }) => {
    // Each file has a summary of its own; that of the stage has no file.
    if (file === undefined) for (const name of Object.keys(sum)) sum[name] += counts[name];
  });
  for await (const text of events.compose(spec)) process.stdout.write(text);
}
