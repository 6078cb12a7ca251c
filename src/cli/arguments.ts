/**
 * The command line: words in, a command with its flags out, or one sentence that says what is wrong.
 */
import { parseArgs } from 'node:util';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { SettingsFlags } from '../settings/load.ts';
import { nearest } from '../settings/suggest.ts';

const commands = ['serve', 'check'] as const;

export type Command =
  | { readonly kind: (typeof commands)[number]; readonly flags: SettingsFlags }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

const flagNames = ['config', 'data', 'port', 'host', 'help', 'version'] as const;
type FlagName = (typeof flagNames)[number];

export const helpText = `Sightline, a camera server.

Usage: sightline [command] [flags]

Commands
  serve    start the server (the default)
  check    check the configuration and print what is in effect

Flags
  --config <file>    configuration (default: ./sightline.yaml if there is one)
  --data <folder>    where the database lies (default: ./data)
  --port <number>    port of the dashboard and the API (default: 8080)
  --host <address>   address to listen on (default: 127.0.0.1)
  --help, -h         this text
  --version, -v      the version

Each setting can also be given as an environment variable, for example
SIGHTLINE__HLS__PART_MS=500. Flags win over the environment, that over the file.
`;

export function parseCommand(words: readonly string[]): Result<Command, string> {
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options,
  });
  const values = new Map<FlagName, string>();
  const names: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') names.push(token.value);
    if (token.kind !== 'option') continue;
    const name = flagNames.find((flag) => flag === token.name);
    if (!name) return err(unknownFlag(token.rawName));
    const fault = wrongUse(name, token.value);
    if (fault !== undefined) return err(fault);
    values.set(name, token.value ?? '');
  }
  if (values.has('help') || names[0] === 'help') return ok({ kind: 'help' });
  if (values.has('version')) return ok({ kind: 'version' });
  return commandNamed(names, values);
}

const options = {
  config: { type: 'string' },
  data: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

function commandNamed(
  names: readonly string[],
  values: ReadonlyMap<FlagName, string>,
): Result<Command, string> {
  const [name = 'serve', ...rest] = names;
  const kind = commands.find((command) => command === name);
  if (!kind)
    return err(
      `There is no command "${name}"${hint(nearest(name, [...commands, 'help']))} See sightline --help.`,
    );
  if (rest.length > 0) return err(`"${rest.join(' ')}" after ${name} means nothing. See sightline --help.`);
  const flags: Record<string, string> = {};
  for (const flag of ['config', 'data', 'port', 'host'] as const) {
    const value = values.get(flag);
    if (value !== undefined) flags[flag] = value;
  }
  return ok({ kind, flags });
}

function wrongUse(name: FlagName, value: string | undefined): string | undefined {
  const takesValue = options[name].type === 'string';
  if (takesValue && (value === undefined || value === ''))
    return `--${name} needs a value: --${name} <value>.`;
  if (!takesValue && value !== undefined) return `--${name} takes no value.`;
  return undefined;
}

function unknownFlag(rawName: string): string {
  const near = nearest(rawName, flagNames);
  return `There is no flag ${rawName}${hint(near && `--${near}`)} See sightline --help.`;
}

function hint(near: string | undefined): string {
  return near === undefined ? '.' : `; did you mean ${near}?`;
}
