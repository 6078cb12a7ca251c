/**
 * Commands. In go the words after `sightline`, out comes the exit code.
 */
import { version } from '../base/version.ts';
import { loadSettings } from '../settings/load.ts';
import type { Command } from './arguments.ts';
import { helpText, parseCommand } from './arguments.ts';
import { faultReport, validReport } from './check.ts';
import { serve } from './serve.ts';

/** Exit codes: 0 done, 1 it failed or found something wrong, 2 the command line is wrong. */
export async function main(words: readonly string[]): Promise<number> {
  const command = parseCommand(words);
  if (!command.ok) {
    process.stderr.write(`${command.error}\n`);
    return 2;
  }
  if (!('flags' in command.value)) {
    process.stdout.write(command.value.kind === 'help' ? helpText : `${version}\n`);
    return 0;
  }
  return withSettings(command.value);
}

async function withSettings(command: Extract<Command, { flags: unknown }>): Promise<number> {
  const { flags, kind } = command;
  const loaded = await loadSettings({ flags, environment: process.env, workingFolder: process.cwd() });
  if (!loaded.ok) {
    process.stderr.write(faultReport(loaded.error));
    return 1;
  }
  const { settings } = loaded.value;
  // What each needs is loaded here and not above, so that `check` and `--help` answer at once.
  switch (kind) {
    case 'check':
      process.stdout.write(validReport(loaded.value));
      return 0;
    case 'serve':
      return serve(settings, (await import('../app/server.ts')).startServer);
    case 'keys':
      return (await import('./keys.ts')).keys(command, settings);
    case 'verify':
      return (await import('./verify.ts')).verify(command, settings);
    case 'reindex':
      return (await import('./reindex.ts')).reindex(settings);
    case 'unseal':
      return (await import('./unseal.ts')).unseal(command, settings);
  }
}
