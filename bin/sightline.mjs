#!/usr/bin/env node
/**
 * The command. Plain JavaScript, so that an old Node gets as far as saying that it is old:
 * everything behind the import is TypeScript, which Node runs by itself since 24.12.
 */
const needed = [24, 12];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `Sightline needs Node ${needed.join('.')} or newer, this is ${process.version}. ` +
      'Run `npm start` in its folder (that brings its own Node), or install a newer one from https://nodejs.org.\n',
  );
  process.exitCode = 1;
} else {
  // Reads and writes of files wait in these threads: a disk that hangs must not hold up another one.
  process.env.UV_THREADPOOL_SIZE ??= '16';
  const { main } = await import('../src/cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
