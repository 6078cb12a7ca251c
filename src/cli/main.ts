/**
 * Commands. In go the words after `sightline`, out comes the exit code.
 */
import { version } from '../base/version.ts';
import { loadSettings } from '../settings/load.ts';
import type { Command } from './arguments.ts';
import { helpText, parseCommand } from './arguments.ts';
import { faultReport, validReport } from './check.ts';
import { serve } from './serve.ts';

/** Exit codes: 0 done, 1 the configuration or the start failed, 2 the command line is wrong. */
export async function main(words: readonly string[]): Promise<number> {
  const command = parseCommand(words);
  if (!command.ok) {
    process.stderr.write(`${command.error}\n`);
    return 2;
  }
  switch (command.value.kind) {
    case 'help':
      process.stdout.write(helpText);
      return 0;
    case 'version':
      process.stdout.write(`${version}\n`);
      return 0;
    case 'check':
    case 'serve':
      return withSettings(command.value);
  }
}

async function withSettings({ kind, flags }: Extract<Command, { flags: unknown }>): Promise<number> {
  const loaded = await loadSettings({ flags, environment: process.env, workingFolder: process.cwd() });
  if (!loaded.ok) {
    process.stderr.write(faultReport(loaded.error));
    return 1;
  }
  if (kind === 'check') {
    process.stdout.write(validReport(loaded.value));
    return 0;
  }
  // Loaded here and not above, so that `check` and `--help` answer at once.
  const { startServer } = await import('../app/server.ts');
  return serve(loaded.value.settings, startServer);
}
