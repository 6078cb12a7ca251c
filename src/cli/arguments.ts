/**
 * The command line: words in, a command with its flags out, or one sentence that says what is wrong.
 */
import { parseArgs } from 'node:util';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { SettingsFlags } from '../settings/load.ts';
import { nearest } from '../settings/suggest.ts';
import type { ToolCall, ToolFlag } from './tools.ts';
import { toolHelp, toolNames, toolShape, toolSwitches, toolValueFlags } from './tools.ts';

const serverCommands = ['serve', 'check'] as const;
const commands = [...serverCommands, ...toolNames] as const;

export type Command =
  | { readonly kind: (typeof serverCommands)[number]; readonly flags: SettingsFlags }
  | ToolCall
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

const settingFlags = ['config', 'data', 'port', 'host'] as const;
const flagNames = [...settingFlags, ...toolValueFlags, ...toolSwitches, 'help', 'version'] as const;
type FlagName = (typeof flagNames)[number];

export const helpText = `Sightline, a camera server.

Usage: sightline [command] [flags]

Commands
  serve    start the server (the default)
  check    check the configuration and print what is in effect
${toolHelp}
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

const options: Readonly<Record<FlagName, { type: 'string' | 'boolean'; short?: string }>> = {
  ...eachOf([...settingFlags, ...toolValueFlags], { type: 'string' }),
  ...eachOf(toolSwitches, { type: 'boolean' }),
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
};

function eachOf<Name extends string, T>(names: readonly Name[], value: T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, value])) as Record<Name, T>;
}

function commandNamed(
  names: readonly string[],
  values: ReadonlyMap<FlagName, string>,
): Result<Command, string> {
  const [name = 'serve', ...words] = names;
  const kind = commands.find((command) => command === name);
  if (!kind)
    return err(
      `There is no command "${name}"${hint(nearest(name, [...commands, 'help']))} See sightline --help.`,
    );
  const shape = kind === 'serve' || kind === 'check' ? { words: 0, flags: [] } : toolShape(kind);
  const extra = words.slice(shape.words);
  if (extra.length > 0) return err(`"${extra.join(' ')}" after ${name} means nothing. See sightline --help.`);
  const given: Partial<Record<ToolFlag, string>> = {};
  for (const flag of [...toolValueFlags, ...toolSwitches]) {
    const value = values.get(flag);
    if (value === undefined) continue;
    if (!shape.flags.includes(flag)) return err(`--${flag} means nothing to ${name}. See sightline --help.`);
    given[flag] = value;
  }
  const flags = settingsGiven(values);
  return ok(kind === 'serve' || kind === 'check' ? { kind, flags } : { kind, flags, words, options: given });
}

function settingsGiven(values: ReadonlyMap<FlagName, string>): SettingsFlags {
  const flags: Record<string, string> = {};
  for (const flag of settingFlags) {
    const value = values.get(flag);
    if (value !== undefined) flags[flag] = value;
  }
  return flags;
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
