/**
 * Text that people write for people.
 */

/** Control characters, ends of lines, and what turns the direction of the text after it. */
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/**
 * For names: they are shown in logs, stream descriptions and tables, where a second line would be somebody else's, and
 * turned text would read as another name.
 */
export function isOneLine(text: string): boolean {
  return !unseen.test(text);
}

/** For `refine`. */
export const notOneLine = { error: 'must be one line, without control characters' };
