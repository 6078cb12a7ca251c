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
  // Whoever read along may leave (`| head`, a log service that starts anew): no reason to stop recording.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
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
  // Whoever checks an export has no server, and no settings.
  if (kind === 'verify-export') return (await import('./verify-export.ts')).verifyExport(command);
  if (kind === 'import') return explained(async () => (await import('./import.ts')).importFile(command));
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
      return serve(loaded.value, (await import('../app/server.ts')).startServer);
    case 'keys':
      return explained(async () => (await import('./keys.ts')).keys(command, settings));
    case 'verify':
      return explained(async () => (await import('./verify.ts')).verify(command, settings));
    case 'reindex':
      return explained(async () => (await import('./reindex.ts')).reindex(settings));
    case 'user':
      return explained(async () => (await import('./user.ts')).user(command, settings));
    case 'unseal':
      return explained(async () => (await import('./unseal.ts')).unseal(command, settings));
  }
}

/** What the system refuses (a full disk, missing rights) is said in one line; each tool can be run again. */
async function explained(tool: () => Promise<number>): Promise<number> {
  try {
    return await tool();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    process.stderr.write(`It stopped: ${error.message}. Mend that and run it again; nothing is lost.\n`);
    return 1;
  }
}
