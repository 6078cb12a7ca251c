/**
 * Settings from environment variables: `SIGHTLINE__HLS__PART_MS=500` is `hls.partMs: 500`.
 * Case and single underscores do not matter; values are YAML, so lists may be written as `[a, b]`.
 */
import { parse } from 'yaml';
import type { SettingsFault } from './fault.ts';
import { unknownKey } from './fault.ts';
import type { JsonSchema, SettingsPath } from './json-schema.ts';
import { settingsJsonSchema } from './json-schema.ts';
import { plain } from './suggest.ts';

const prefix = 'SIGHTLINE__';

export interface EnvironmentSetting {
  /** The variable, as it is written in the environment. */
  readonly variable: string;
  readonly path: SettingsPath;
  readonly value: unknown;
}

export function settingsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): {
  readonly settings: readonly EnvironmentSetting[];
  readonly faults: readonly SettingsFault[];
} {
  const settings: EnvironmentSetting[] = [];
  const faults: SettingsFault[] = [];
  for (const [variable, text] of Object.entries(environment).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (text === undefined || !variable.toUpperCase().startsWith(prefix)) continue;
    const path = pathOf(variable.slice(prefix.length).split('__'));
    if (path.fault === undefined)
      settings.push({ variable, path: path.keys, value: valueOf(text, path.schema) });
    else faults.push({ where: variable, message: path.fault });
  }
  return { settings, faults };
}

type FoundPath =
  | { readonly keys: SettingsPath; readonly schema: JsonSchema; readonly fault?: undefined }
  | { readonly fault: string };

function pathOf(words: readonly string[]): FoundPath {
  const keys: string[] = [];
  let schema: JsonSchema = settingsJsonSchema;
  for (const word of words) {
    const known = Object.keys(schema.properties ?? {});
    const key = known.find((name) => plain(name) === plain(word));
    const next = key === undefined ? undefined : schema.properties?.[key];
    if (key === undefined || next === undefined) {
      return { fault: `${[...keys, word.toLowerCase()].join('.')}: ${unknownKey(word, known)}` };
    }
    keys.push(key);
    schema = next;
  }
  return { keys, schema };
}

/** A text setting takes the text as it is, so that a folder may be called `8080` or `no`. */
function valueOf(text: string, schema: JsonSchema): unknown {
  if (schema.type === 'string') return text;
  try {
    const value: unknown = parse(text);
    return value;
  } catch {
    return text; // the schema says what was expected instead
  }
}
