/**
 * Secrets never leave: not in answers, logs, errors.
 */

/** A URL ends at white space: passwords have all other characters in them. */
const url = /([a-z][a-z0-9+.-]{0,20}:\/\/)(\S+)/i;

/** As some cameras want it in their address: `?user=u&password=p`, or `/user=u_password=p_channel=1`. */
const named =
  /((?:^|[?&/_;])(?:password|passwd|pass|pwd|psw|token)=)(?!\*\*\*)[^&/?#;\s"'<>]+?(?=_channel|_stream|[&/?#;\s"'<>]|$)/gi;

/** The text with user name and password of every URL in it, and values that are called a password, replaced by `***`. */
export function redactUrls(text: string): string {
  return redactLogins(text).replace(named, '$1***');
}

function redactLogins(text: string): string {
  let shown = '';
  let left = text;
  for (let found = url.exec(left); found; found = url.exec(left)) {
    const [, scheme = '', afterScheme = ''] = found;
    const { login } = splitLogin(afterScheme);
    shown += left.slice(0, found.index) + scheme + (login === undefined ? '' : '***@');
    // Another URL may follow without a space, as in JSON.
    left = left.slice(found.index + scheme.length + (login === undefined ? 0 : login.length + 1));
  }
  return shown + left;
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
