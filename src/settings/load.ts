/**
 * Joins the four layers — flags over environment over file over defaults — into checked settings.
 * Every fault says which layer, line and key it is about; all faults come at once.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { storageInEffect } from '../archive/options.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { EnvironmentSetting } from './environment.ts';
import { settingsFromEnvironment } from './environment.ts';
import type { Complaint, SettingsFault } from './fault.ts';
import { complaints } from './fault.ts';
import type { SettingsFile } from './file.ts';
import { maxFileBytes, parseSettingsFile } from './file.ts';
import type { SettingsPath } from './json-schema.ts';
import { child } from './json-schema.ts';
import type { Settings } from './schema.ts';
import { settingsSchema } from './schema.ts';

/** Read when `--config` is not given and it exists. */
const defaultConfigFile = 'sightline.yaml';

/** As typed on the command line. */
export interface SettingsFlags {
  readonly config?: string;
  readonly data?: string;
  readonly port?: string;
  readonly host?: string;
}

export interface SettingsSources {
  readonly flags: SettingsFlags;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths of flags, environment and defaults begin; absolute. */
  readonly workingFolder: string;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** The configuration file that was read, absolute; undefined when there is none. */
  readonly file: string | undefined;
  readonly given: Given;
}

/** Where a setting was given: `--port`, `SIGHTLINE__PORT` or `sightline.yaml:3:1`; undefined where it is as by default. */
export type Given = (path: SettingsPath) => string | undefined;

/** Reads, joins and checks. Changes nothing on disk. */
export async function loadSettings(
  sources: SettingsSources,
): Promise<Result<LoadedSettings, readonly SettingsFault[]>> {
  const file = await readConfigFile(sources);
  if (!file.ok) return file;
  const { settings: variables, faults } = settingsFromEnvironment(sources.environment);
  const values: Record<string, unknown> = structuredClone(file.value.parsed?.values ?? {});
  for (const { path, value } of variables) assign(values, path, value);
  const flags = flagValues(sources.flags);
  Object.assign(values, flags);

  const checked = settingsSchema.safeParse(values);
  if (!checked.success || faults.length > 0) {
    const place = placer(file.value.parsed, variables, flags);
    const found = checked.success ? [] : complaints(checked.error, values).map(place);
    return err([...faults, ...found.toSorted((a, b) => lineOf(a) - lineOf(b))]);
  }
  return ok({
    settings: finish(checked.data, sources, file.value, { variables, flags }),
    file: file.value.path,
    given: (path) => whereGiven(path, file.value.parsed, { variables, flags }),
  });
}

function whereGiven(
  path: SettingsPath,
  file: SettingsFile | undefined,
  { variables, flags }: Layers,
): string | undefined {
  const top = String(path[0]);
  if (Object.hasOwn(flags, top)) return `--${top}`;
  const variable = variables.findLast((one) => begins(path, one.path));
  if (variable) return variable.variable;
  if (path.reduce<unknown>(child, file?.values) === undefined) return undefined;
  return file?.locate({ path, atKey: true, message: '' }).where;
}

interface ReadFile {
  readonly path: string | undefined;
  readonly parsed: SettingsFile | undefined;
}

async function readConfigFile(sources: SettingsSources): Promise<Result<ReadFile, readonly SettingsFault[]>> {
  const given = sources.flags.config;
  const name = given ?? defaultConfigFile;
  const path = resolve(sources.workingFolder, name);
  const found = await stat(path).catch(() => undefined);
  if (!found && given === undefined) return ok({ path: undefined, parsed: undefined });
  if (!found?.isFile()) return err([{ where: '--config', message: `there is no file ${path}` }]);
  if (found.size > maxFileBytes) {
    return err([
      {
        where: name,
        message: `the file is larger than ${maxFileBytes} bytes: this cannot be a configuration`,
      },
    ]);
  }
  try {
    const parsed = parseSettingsFile(await readFile(path, 'utf8'), name);
    return parsed.ok ? ok({ path, parsed: parsed.value }) : parsed;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err([{ where: name, message: `the file cannot be read: ${reason}` }]);
  }
}

function flagValues(flags: SettingsFlags): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  if (flags.data !== undefined) values['data'] = flags.data;
  if (flags.host !== undefined) values['host'] = flags.host;
  if (flags.port !== undefined) values['port'] = /^\d+$/.test(flags.port) ? Number(flags.port) : flags.port;
  return values;
}

/** Paths come from the schema's own keys, so `__proto__` cannot be among them. */
function assign(values: Record<string, unknown>, path: SettingsPath, value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    values[key] = value;
    return;
  }
  const inner = values[key];
  const group = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {};
  values[key] = group;
  assign(group as Record<string, unknown>, rest, value);
}

function placer(
  file: SettingsFile | undefined,
  variables: readonly EnvironmentSetting[],
  flags: Readonly<Record<string, unknown>>,
) {
  return (complaint: Complaint): SettingsFault => {
    const top = String(complaint.path[0] ?? '');
    if (Object.hasOwn(flags, top)) return { where: `--${top}`, message: complaint.message };
    const variable = variables.findLast(({ path }) =>
      path.every((key, index) => key === complaint.path[index]),
    );
    if (variable) return { where: variable.variable, message: complaint.message };
    return file?.locate(complaint) ?? { where: 'settings', message: complaint.message };
  };
}

/** Faults of flags and environment have no line and come first. */
function lineOf({ where, excerpt }: SettingsFault): number {
  return excerpt ? Number(where.split(':').at(-2)) : 0;
}

interface Layers {
  readonly variables: readonly EnvironmentSetting[];
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Relative paths in the file begin at the file's folder, all others at the working folder. */
function finish(
  checked: z.infer<typeof settingsSchema>,
  sources: SettingsSources,
  file: ReadFile,
  { variables, flags }: Layers,
): Settings {
  const absolute = (path: SettingsPath, value: string): string => {
    const [top = ''] = path;
    const outside = Object.hasOwn(flags, top) || variables.some((variable) => begins(path, variable.path));
    const inFile = !outside && file.path !== undefined && Object.hasOwn(file.parsed?.values ?? {}, top);
    return resolve(inFile ? dirname(file.path) : sources.workingFolder, value);
  };
  const data = absolute(['data'], checked.data);
  const media = checked.media === undefined ? resolve(data, 'media') : absolute(['media'], checked.media);
  const storage = storageInEffect(checked.storage, data, absolute);
  const { oidc } = checked;
  const secretFile = oidc?.clientSecretFile;
  if (!oidc || secretFile === undefined) return { ...checked, data, media, storage };
  const clientSecretFile = absolute(['oidc', 'clientSecretFile'], secretFile);
  return { ...checked, data, media, storage, oidc: { ...oidc, clientSecretFile } };
}

/** Whether the setting `path` is the one that was given at `given`, or lies within it. */
function begins(path: SettingsPath, given: SettingsPath): boolean {
  return given.every((key, index) => key === path[index]);
}
