/**
 * A reader of XML for what devices answer: elements, attributes, text; nothing that could grow.
 *
 * In:  text of at most `maxXmlCharacters`. Out: its root element, or why it is none.
 * Promise: never throws, works in one pass, and what comes out is smaller than what came in. A document type is refused:
 * without one there are no entities to unfold. Prefixes are dropped: devices disagree about them, and about namespaces.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';

export interface Element {
  /** Without its prefix. */
  readonly name: string;
  /** Names without prefixes. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** All text directly in it, trimmed. */
  readonly text: string;
}

/** Profiles of a recorder with 32 channels are some 300 KB. */
export const maxXmlCharacters = 1024 * 1024;
/** The same recorder has about 10 000 elements. */
const maxElements = 50_000;
/** SOAP and its configurations are some 12 deep. */
const maxDepth = 64;
/** A configuration has four. */
const maxAttributes = 32;
/** Of attributes that are read in one tag. */
const maxTagCharacters = 16 * 1024;

/** An element while it is read. */
interface Open {
  readonly qualified: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

export function parseXml(text: string): Result<Element, string> {
  if (text.length > maxXmlCharacters) return err('The answer is too long.');
  return new Reader(text).read();
}

/** The first child of that name. */
export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((one) => one.name === name);
}

export function children(element: Element | undefined, name: string): readonly Element[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

/** Follows names downwards from `element`. */
export function at(element: Element | undefined, ...names: readonly string[]): Element | undefined {
  let found = element;
  for (const name of names) found = child(found, name);
  return found;
}

/** The text below `element`; empty when there is none. */
export function textAt(element: Element | undefined, ...names: readonly string[]): string {
  return at(element, ...names)?.text ?? '';
}

/** A number that is zero or more below `element`; null when there is none. */
export function numberAt(element: Element | undefined, ...names: readonly string[]): number | null {
  return readNumber(textAt(element, ...names));
}

/** Zero or more; null for everything else. */
export function readNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}(?:\.\d{1,12})?$/.test(text) ? Number(text) : null;
}

/** For text between tags and in attributes. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

class Reader {
  readonly #text: string;
  readonly #open: Open[] = [];
  #root: Element | undefined;
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Result<Element, string> {
    let from = 0;
    while (from < this.#text.length) {
      const start = this.#text.indexOf('<', from);
      this.#addText(this.#text.slice(from, start < 0 ? undefined : start));
      if (start < 0) break;
      const end = this.#tag(start);
      if (typeof end === 'string') return err(end);
      from = end;
    }
    if (!this.#root || this.#open.length > 0) return err('The answer is no whole XML document.');
    return ok(this.#root);
  }

  /** Reads what begins at `start`. @returns where it ends, or what is wrong */
  #tag(start: number): number | string {
    const text = this.#text;
    if (text.startsWith('<!--', start)) return this.#after('-->', start + 4);
    if (text.startsWith('<?', start)) return this.#after('?>', start + 2);
    if (text.startsWith('<![CDATA[', start)) {
      const end = text.indexOf(']]>', start);
      if (end < 0) return 'The answer ends too early.';
      const top = this.#open.at(-1);
      if (top) top.text += text.slice(start + 9, end);
      return end + 3;
    }
    if (text.startsWith('<!', start)) return 'The answer brings a document type, which no camera needs.';
    const end = this.#tagEnd(start);
    if (end < 0) return 'The answer ends too early.';
    const fault = text[start + 1] === '/' ? this.#close(text.slice(start + 2, end)) : this.#begin(start, end);
    return fault ?? end + 1;
  }

  #after(mark: string, from: number): number | string {
    const end = this.#text.indexOf(mark, from);
    return end < 0 ? 'The answer ends too early.' : end + mark.length;
  }

  /** Of the `>` that is not within quotes. */
  #tagEnd(start: number): number {
    let quote = '';
    for (let at = start + 1; at < this.#text.length; at += 1) {
      const letter = this.#text[at] ?? '';
      if (quote !== '') {
        if (letter === quote) quote = '';
      } else if (letter === '"' || letter === "'") quote = letter;
      else if (letter === '>') return at;
    }
    return -1;
  }

  #begin(start: number, end: number): string | undefined {
    const empty = this.#text[end - 1] === '/';
    const inner = this.#text.slice(start + 1, empty ? end - 1 : end);
    const qualified = /^[^\s/<>="'&]{1,200}/.exec(inner)?.[0];
    if (qualified === undefined) return 'The answer has a tag without a name.';
    this.#elements += 1;
    if (this.#elements > maxElements) return 'The answer has too many elements.';
    if (this.#open.length >= maxDepth) return 'The answer is nested too deeply.';
    if (this.#root) return 'The answer has more than one root.';
    const attributes = readAttributes(inner.slice(qualified.length));
    this.#open.push({ qualified, attributes, children: [], text: '' });
    return empty ? this.#close(qualified) : undefined;
  }

  #close(name: string): string | undefined {
    const top = this.#open.pop();
    if (top?.qualified !== name.trimEnd()) return 'The answer closes a tag that is not open.';
    const { attributes, children: inner, qualified } = top;
    const element = { name: local(qualified), attributes, children: inner, text: top.text.trim() };
    const parent = this.#open.at(-1);
    if (parent) parent.children.push(element);
    else this.#root = element;
    return undefined;
  }

  #addText(text: string): void {
    const top = this.#open.at(-1);
    if (top && text !== '') top.text += plain(text);
  }
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', double, single] of text
    .slice(0, maxTagCharacters)
    .matchAll(/([^\s=/<>"']{1,200})\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (found.size === maxAttributes) break;
    found.set(local(name), plain(double ?? single ?? ''));
  }
  return found;
}

function local(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

const named = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** With the five entities of XML and numbers unfolded; others stay as they are written. */
function plain(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,4});/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return named.get(entity) ?? whole;
    const hexadecimal = /^#x/i.test(entity);
    const code = Number.parseInt(entity.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
  });
}
