/**
 * The configuration file: YAML text in, plain values out, and the line of every key for messages.
 */
import { LineCounter, isMap, isPair, isScalar, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import { redactUrls } from '../base/redact.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { Complaint, SettingsFault } from './fault.ts';
import { shown } from './fault.ts';
import type { SettingsPath } from './json-schema.ts';

/** A thousand cameras need less than a third of it. */
export const maxFileBytes = 1024 * 1024;

export interface SettingsFile {
  /** The top-level mapping, unchecked. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Puts a complaint at its line. */
  locate(complaint: Complaint): SettingsFault;
}

/** @param name of the file, as it shall stand in messages. */
export function parseSettingsFile(
  text: string,
  name: string,
): Result<SettingsFile, readonly SettingsFault[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = placer(text, name, lines);
  const [first] = document.errors; // the ones after it mostly follow from it
  if (first) return err([place(first.pos[0], `not valid YAML: ${first.message}`)]);
  const values = toValues(document);
  if (!values.ok) return err([place(0, values.error)]);
  return ok({
    values: values.value,
    locate: ({ path, atKey, message }) => place(offsetOf(document, path, atKey), message),
  });
}

function toValues(document: Document.Parsed): Result<Record<string, unknown>, string> {
  if (document.contents === null) return ok({});
  try {
    const value: unknown = document.toJS();
    if (isMap(document.contents) && typeof value === 'object' && value !== null) {
      return ok(value as Record<string, unknown>);
    }
    return err(`the file must be a list of settings like \`port: 8080\`, not ${shown(value)}`);
  } catch (error) {
    // The parser's own bound against aliases that multiply ("billion laughs").
    return err(`not usable YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function placer(text: string, name: string, lines: LineCounter) {
  const sourceLines = text.split('\n');
  return (offset: number, message: string): SettingsFault => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    const source = (sourceLines[line - 1] ?? '').replace(/\r$/, '');
    const before = redactUrls(source.slice(0, col - 1));
    return {
      where: `${name}:${line}:${col}`,
      message: redactUrls(message),
      excerpt: { line: redactUrls(source), column: before.length + 1 },
    };
  };
}

/** Where the key or value at `path` begins; for something missing, where the nearest thing around it begins. */
function offsetOf(document: Document.Parsed, path: SettingsPath, atKey: boolean): number {
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    const keyOffset = offsetOfKey(document, part);
    const node = document.getIn(part, true) as Node | null | undefined;
    const offset = atKey && length === path.length ? keyOffset : (node?.range?.[0] ?? keyOffset);
    if (offset !== undefined) return offset;
  }
  return 0;
}

function offsetOfKey(document: Document.Parsed, path: SettingsPath): number | undefined {
  const owner = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(owner)) return undefined;
  const pair = owner.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(path.at(-1)),
  );
  return pair && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
}
