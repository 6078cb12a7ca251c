/**
 * Secrets never leave: not in answers, logs, errors.
 */

const scheme = /[a-z][a-z0-9+.-]{0,20}:\/\//gi;

/** As some cameras want it in their address: `?user=u&password=p`, or `/user=u_password=p_channel=1`. */
const named =
  /((?:^|[?&/_;])(?:password|passwd|pass|pwd|psw|token)=)(?!\*\*\*)[^&/?#;\s"'<>]+?(?=_channel|_stream|[&/?#;\s"'<>]|$)/gi;

/** The text with user name and password of every URL in it, and values that are called a password, replaced by `***`. */
export function redactUrls(text: string): string {
  return redactLogins(text).replace(named, '$1***');
}

/** In one go over the text, however many schemes are in it: strangers choose what is written here. */
function redactLogins(text: string): string {
  let shown = '';
  let from = 0;
  let word: Word = { end: 0, lastAt: -1 };
  for (const { index, 0: found } of text.matchAll(scheme)) {
    const after = index + found.length;
    // Part of the login before it.
    if (index < from) continue;
    if (after > word.end) word = wordAt(text, after);
    if (word.lastAt < after) continue;
    const { login } = splitLogin(text.slice(after, word.end));
    // Else another URL may follow without a space, as in JSON.
    if (login === undefined) continue;
    shown += `${text.slice(from, after)}***@`;
    from = after + login.length + 1;
  }
  return shown + text.slice(from);
}

/** A URL ends at white space: passwords have all other characters in them. */
interface Word {
  readonly end: number;
  /** Of its last `@`; -1 without any. */
  readonly lastAt: number;
}

function wordAt(text: string, start: number): Word {
  const length = text.slice(start).search(/\s/);
  const end = length < 0 ? text.length : start + length;
  return { end, lastAt: start + text.slice(start, end).lastIndexOf('@') };
}

/**
 * Splits what follows `scheme://` into login and the rest, for addresses as people paste them.
 * The login ends at the last `@` before the path. Only when what then stands there is no host
 * is it taken to end later: the password has a `/`, `?` or `#` in it. With no host at all it ends at the last `@`.
 */
export function splitLogin(afterScheme: string): {
  readonly login: string | undefined;
  readonly rest: string;
} {
  const authority = /^[^/?#]*/.exec(afterScheme)?.[0] ?? '';
  const within = authority.lastIndexOf('@');
  const first = afterScheme.slice(within + 1);
  if (host.test(first)) return { login: within < 0 ? undefined : afterScheme.slice(0, within), rest: first };
  for (let at = afterScheme.indexOf('@', within + 1); at >= 0; at = afterScheme.indexOf('@', at + 1)) {
    if (host.test(afterScheme.slice(at + 1))) return splitAt(afterScheme, at);
  }
  const last = afterScheme.lastIndexOf('@');
  return last < 0 ? { login: undefined, rest: afterScheme } : splitAt(afterScheme, last);
}

/** Name or address, perhaps a port, then the path or whatever ends a URL in running text. */
const host = /^(?:\[[0-9a-f:.%]+\]|[a-z0-9._-]+)(?::\d{1,5})?(?=[^a-z0-9._:@-]|[.:]?$|[.:][^a-z0-9])/i;

function splitAt(text: string, at: number): { readonly login: string; readonly rest: string } {
  return { login: text.slice(0, at), rest: text.slice(at + 1) };
}
