/**
 * What is wrong with the settings, said so that it can be mended: where, which key, what was expected,
 * what was found, and what was probably meant.
 */
import type { z } from 'zod';
import { redactUrls } from '../base/redact.ts';
import type { JsonSchema, SettingsPath } from './json-schema.ts';
import { child, expectation, kindsOf, pathText, schemaAt, settingsJsonSchema } from './json-schema.ts';
import { nearest } from './suggest.ts';

export interface SettingsFault {
  /** `sightline.yaml:3:7`, `SIGHTLINE__PORT` or `--port`. */
  readonly where: string;
  /** One sentence that begins with the offending key. Holds no passwords. */
  readonly message: string;
  /** The line it stands in, for the caret. */
  readonly excerpt?: { readonly line: string; readonly column: number };
}

/** A fault before its place is known. */
export interface Complaint {
  readonly path: SettingsPath;
  /** The place of the key is meant, not of its value. */
  readonly atKey: boolean;
  readonly message: string;
}

/** Longer values are cut in messages. */
const maxShownLength = 60;

/** What was given, and the schema that it should have followed. */
interface Judged {
  readonly value: unknown;
  readonly whole: JsonSchema;
}

/** Every complaint of zod about `value`, in our words. @param whole the schema of `value` */
export function complaints(
  error: z.ZodError,
  value: unknown,
  whole: JsonSchema = settingsJsonSchema,
): readonly Complaint[] {
  return error.issues.flatMap((issue) => explain(issue, { value, whole }));
}

/** "rtsp://***@cam/…", "[1,2]" or "nothing". */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = redactUrls(JSON.stringify(value) ?? typeof value);
  return text.length > maxShownLength ? `${text.slice(0, maxShownLength)}…` : text;
}

/** "unknown setting" and, when one is near, what was probably meant. */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`;
  return `unknown setting; ${hint}`;
}

function explain(issue: z.core.$ZodIssue, judged: Judged): readonly Complaint[] {
  const { value, whole } = judged;
  const path = issue.path.filter((key) => typeof key !== 'symbol');
  const found = path.reduce<unknown>(child, value);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schemaAt(path, value, whole)?.properties ?? {});
    return issue.keys.map((key) => complaint([...path, key], true, unknownKey(key, known)));
  }
  if (issue.code === 'invalid_union') return [wrongKind(path, judged)];
  if (issue.code === 'custom' || issue.code === 'invalid_format') {
    return [complaint(path, false, `${issue.message}; found ${shown(found)}`)];
  }
  return [wrongValue(path, judged, issue.message)];
}

function wrongValue(path: SettingsPath, { value, whole }: Judged, otherwise: string): Complaint {
  const found = path.reduce<unknown>(child, value);
  const schema = schemaAt(path, value, whole);
  const wanted = schema ? `must be ${expectation(schema)}` : otherwise;
  if (found === undefined) return complaint(path, false, `is missing; it ${wanted}`);
  const near = typeof found === 'string' ? nearest(found, (schema?.enum ?? []).map(String)) : undefined;
  const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
  return complaint(path, false, `${wanted}, not ${shown(found)}${hint}`);
}

/** A union without a valid `kind`. */
function wrongKind(path: SettingsPath, { value, whole }: Judged): Complaint {
  const owner = path.at(-1) === 'kind' ? path.slice(0, -1) : path;
  const kinds = kindsOf(schemaAt(owner, value, whole) ?? {}).map(String);
  const kind = child(owner.reduce<unknown>(child, value), 'kind');
  const wanted = `must be one of ${kinds.join(', ')}`;
  if (kind === undefined) return complaint([...owner, 'kind'], false, `is missing; it ${wanted}`);
  const near = typeof kind === 'string' ? nearest(kind, kinds) : undefined;
  const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
  return complaint([...owner, 'kind'], false, `${wanted}, not ${shown(kind)}${hint}`);
}

function complaint(path: SettingsPath, atKey: boolean, sentence: string): Complaint {
  const name = pathText(path);
  return { path, atKey, message: name === '' ? `the settings: ${sentence}` : `${name}: ${sentence}` };
}
