/**
 * The settings as JSON Schema (draft 2020-12): for editors, for the reference page, and to find
 * what would have been right where something is wrong.
 */
import { z } from 'zod';
import { settingsSchema } from './schema.ts';

/** The keywords that our schemas use. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  /** Something, or `null` for none. */
  readonly anyOf?: readonly JsonSchema[];
}

export type SettingsPath = readonly (string | number)[];

export const settingsJsonSchema: JsonSchema = {
  ...(z.toJSONSchema(settingsSchema, { io: 'input' }) as JsonSchema),
  description: 'Configuration of Sightline',
};

/** `cameras[0].source.url`. */
export function pathText(path: SettingsPath): string {
  let text = '';
  for (const key of path) text += typeof key === 'number' ? `[${key}]` : text === '' ? key : `.${key}`;
  return text;
}

/** The schema at a path within `whole`; `value` (all of it) chooses among variants by their `kind`. */
export function schemaAt(
  path: SettingsPath,
  value: unknown,
  whole: JsonSchema = settingsJsonSchema,
): JsonSchema | undefined {
  let schema: JsonSchema | undefined = whole;
  let current: unknown = value;
  for (const key of path) {
    schema = step(variantOf(schema, current), key);
    current = child(current, key);
    if (!schema) return undefined;
  }
  return variantOf(schema, current);
}

/** What belongs there, in words: "a whole number from 0 to 65535". */
export function expectation(schema: JsonSchema): string {
  const given = schema.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  if (given.length === 1 && given[0] && variantsOf(schema).length === 0)
    return `${expectation(given[0])}, or null`;
  if (variantsOf(schema).length > 0) return `one of the kinds ${listed(kindsOf(schema))}`;
  if (schema.enum) return `one of ${listed(schema.enum)}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const describe = describers[schema.type ?? 'object'] ?? group;
  return describe(schema);
}

const describers: Readonly<Record<string, (schema: JsonSchema) => string>> = {
  integer: (schema) => `a whole number${bounds(schema)}`,
  number: (schema) => `a number${bounds(schema)}`,
  string: (schema) => `a text${stringBounds(schema)}`,
  boolean: () => 'true or false',
  array: ({ maxItems }) => (maxItems === undefined ? 'a list' : `a list of at most ${maxItems} entries`),
  object: group,
};

function group(schema: JsonSchema): string {
  return `a group of settings (${listed(Object.keys(schema.properties ?? {}))})`;
}

/** The names of a union's variants. */
export function kindsOf(schema: JsonSchema): readonly unknown[] {
  return variantsOf(schema).map((variant) => variant.properties?.['kind']?.const);
}

/** Of a union that is told apart by `kind`, and may be `null`; empty for everything else. */
export function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  return schema.oneOf ?? schema.anyOf?.find((some) => some.oneOf)?.oneOf ?? [];
}

export function child(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string | number, unknown>)[key] : undefined;
}

function step(schema: JsonSchema, key: string | number): JsonSchema | undefined {
  if (typeof key === 'number') return schema.items;
  return schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
}

function variantOf(schema: JsonSchema, value: unknown): JsonSchema {
  const kind = child(value, 'kind');
  return variantsOf(schema).find((variant) => variant.properties?.['kind']?.const === kind) ?? schema;
}

/** Of `z.int()` without bounds: what JavaScript counts exactly. That is no rule of ours. */
function bounds({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const least = minimum === -Number.MAX_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined) return most === undefined ? ` of at least ${least}` : ` from ${least} to ${most}`;
  const above = exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`];
  const upTo = most === undefined ? [] : [`up to ${most}`];
  return [...above, ...upTo].map((words) => ` ${words}`).join(',');
}

function stringBounds({ minLength = 0, maxLength }: JsonSchema): string {
  if (maxLength !== undefined && minLength === 0) return ` of at most ${maxLength} characters`;
  if (maxLength !== undefined) return ` of ${minLength} to ${maxLength} characters`;
  return minLength > 0 ? ' that is not empty' : '';
}

function listed(values: readonly unknown[]): string {
  return values.map(String).join(', ');
}
