/**
 * A setting while it is being changed. In: its JSON Schema and its value. Out: what stands in the fields, the value that
 * those mean, and what is wrong with it, in words. The server checks again.
 */
import type { Setting } from '../../../../src/api/contract/settings.ts';

/** The keywords that fields are made from. */
export interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly items?: FieldSchema;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly maxItems?: number;
}

type Editor = 'toggle' | 'choice' | 'number' | 'text' | 'lines' | 'entries';

/** One entry of a list, field by field, as text. */
export type EntryDraft = Readonly<Record<string, string>>;

/** What stands in the fields: a toggle, a text, or entries. */
export type Raw = boolean | string | readonly EntryDraft[];

export function schemaOf(setting: Setting): FieldSchema {
  return setting.schema;
}

export function editorOf({ type, enum: choices, items }: FieldSchema): Editor {
  if (type === 'boolean') return 'toggle';
  if (choices) return 'choice';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array') return items?.properties ? 'entries' : 'lines';
  return 'text';
}

export function rawOf(schema: FieldSchema, value: unknown): Raw {
  switch (editorOf(schema)) {
    case 'toggle':
      return value === true;
    case 'lines':
      return linesOf(value);
    case 'entries':
      return Array.isArray(value) ? value.map((entry) => entryDraft(schema.items ?? {}, entry)) : [];
    case 'choice':
    case 'number':
    case 'text':
      return textOf(value);
  }
}

/** What the fields mean; text that is no number stays text, which no schema of a number takes. */
export function valueOf(schema: FieldSchema, raw: Raw): unknown {
  switch (editorOf(schema)) {
    case 'number':
      return typeof raw === 'string' ? numberOf(raw) : raw;
    case 'lines':
      return typeof raw === 'string' ? listOf(raw) : raw;
    case 'entries':
      return Array.isArray(raw) ? raw.map((entry) => entryOf(schema.items ?? {}, entry)) : raw;
    case 'toggle':
    case 'choice':
    case 'text':
      return raw;
  }
}

/** What is wrong, as far as the page can tell; undefined: nothing. */
export function draftFault(schema: FieldSchema, value: unknown, mayBeNone: boolean): string | undefined {
  if (value === null) return mayBeNone ? undefined : `${numberWords(schema)}.`;
  switch (editorOf(schema)) {
    case 'number':
      return isNumber(schema, value) ? undefined : `${numberWords(schema)}.`;
    case 'entries':
      return entriesFault(schema, value);
    case 'lines': {
      const tooMany = schema.maxItems !== undefined && Array.isArray(value) && value.length > schema.maxItems;
      return tooMany ? `At most ${schema.maxItems} lines.` : undefined;
    }
    case 'toggle':
    case 'choice':
    case 'text':
      return undefined;
  }
}

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** "0 to 65535", for the hint under a field; empty when everything goes. */
export function rangeWords({ minimum, maximum }: FieldSchema): string {
  const least = minimum === undefined || minimum <= -Number.MAX_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `${least} or more`;
  return most === undefined ? '' : `up to ${most}`;
}

function numberWords(schema: FieldSchema): string {
  const range = rangeWords(schema);
  const kind = schema.type === 'integer' ? 'A whole number' : 'A number';
  return range === '' ? kind : `${kind}, ${range}`;
}

function isNumber({ type, minimum, maximum, exclusiveMinimum }: FieldSchema, value: unknown): boolean {
  if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value))) return false;
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return false;
  return value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity);
}

function entriesFault({ items, maxItems }: FieldSchema, value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  if (maxItems !== undefined && value.length > maxItems) return `At most ${maxItems} entries.`;
  const missing = value.some((entry: Readonly<Record<string, unknown>>) =>
    items?.required?.some((name) => {
      const field = entry[name];
      return field === undefined || (Array.isArray(field) && field.length === 0);
    }),
  );
  return missing ? `Each entry needs ${(items?.required ?? []).join(' and ')}.` : undefined;
}

/** Null where nothing stands. */
function numberOf(text: string): unknown {
  const plain = text.replaceAll(/[\s_]/g, '').replace(',', '.');
  if (plain === '') return null;
  return /^-?\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : text;
}

function entryDraft({ properties = {} }: FieldSchema, entry: unknown): EntryDraft {
  const fields = entry as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(properties).map(([name, { type }]) => [
      name,
      type === 'array' ? linesOf(fields[name]) : textOf(fields[name]),
    ]),
  );
}

/** Fields that are empty are left out. */
function entryOf({ properties = {} }: FieldSchema, entry: EntryDraft): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(properties)
      .map(([name, { type }]) => {
        const text = entry[name] ?? '';
        return [name, type === 'array' ? listOf(text) : text] as const;
      })
      .filter(([, value]) => value.length > 0),
  );
}

function linesOf(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join('\n') : '';
}

function listOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
