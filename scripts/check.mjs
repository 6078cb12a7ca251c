/**
 * `npm run check`: format, lint, types, floors, dead code. Runs all of them and names those that failed.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, pinnedNode, root } from './setup.mjs';

ensureInstalled();
const bin = (name) => join(root, 'node_modules', '.bin', name);

const checks = {
  format: [bin('prettier'), '--check', '--log-level=warn', '.'],
  lint: [bin('oxlint'), '--type-aware', '--max-warnings=0'],
  'types of the server': [bin('tsc'), '-p', '.'],
  'types of the tests': [bin('tsc'), '-p', 'test'],
  'types of the dashboard': [bin('tsc'), '-p', 'web'],
  floors: [pinnedNode(), '--test', '--test-reporter=dot', 'test/floors.test.ts'],
  'dead code': [bin('knip')],
};

const failed = Object.entries(checks).filter(([name, [command, ...args]]) => {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  console.log(`${status === 0 ? '✔' : '✖'} ${name}`);
  return status !== 0;
});
if (failed.length > 0) {
  console.error(
    `\nNot clean: ${failed.map(([name]) => name).join(', ')}. \`npm run format\` mends the format.`,
  );
  process.exit(1);
}
