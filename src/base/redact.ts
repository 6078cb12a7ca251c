/**
 * Secrets never leave: not in answers, logs, errors.
 */
const userInfo = /([a-z][a-z0-9+.-]*:\/\/)([^/?#\s]*)@/gi;

/** The text with user name and password of every URL in it replaced by `***`. */
export function redactUrls(text: string): string {
  return text.replace(userInfo, '$1***@');
}
