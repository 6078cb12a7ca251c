/**
 * What devices say of themselves, as people may see it.
 */

/** A name of a camera is shorter. */
const maxShownCharacters = 120;

/** One line, without control, invisible and direction characters, and not long. Markup stays text: whoever shows it escapes it. */
export function shownWords(text: string): string {
  const line = text
    .slice(0, 10 * maxShownCharacters)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  // Half a character at the end would be no text.
  return line
    .slice(0, maxShownCharacters)
    .toWellFormed()
    .replace(/\ufffd$/, '')
    .trim();
}
