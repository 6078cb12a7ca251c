/** Settings in sentences. */
import type { Setting } from '../../../../src/api/contract/settings.ts';
import { dateTime } from '../../format.ts';

/** Where a value comes from, and why it cannot be changed; may be empty. */
export function originWords({ managedBy, writable, isUnreadable, source, changed }: Setting): string {
  const sentences: string[] = [];
  if (managedBy !== null) sentences.push(`Set by ${managedBy}: change it there and start the server again.`);
  else if (!writable) sentences.push('You may read this setting, not change it.');
  if (isUnreadable) sentences.push('A value of another version of the server is stored, which is not used.');
  if (source === 'stored' && changed) {
    const who = changed.by === null ? '' : `by ${changed.by} `;
    sentences.push(`Changed ${who}on ${dateTime(changed.atMs)}.`);
  }
  return sentences.join(' ');
}

/** A value within a sentence. */
export function shownValue({ unit, none }: Setting, value: unknown): string {
  if (value === null) return none ?? 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : entryWords(value.length);
  if (value === '') return 'empty';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return unit === null ? text : `${text} ${unit}`;
}

function entryWords(count: number): string {
  return count === 1 ? 'one entry' : `${count} entries`;
}
