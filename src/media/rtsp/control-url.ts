/**
 * Which address a SETUP or PLAY goes to, from `a=control` and the address of the description (RFC 2326, C.1.1).
 */

/**
 * The base is Content-Base, else Content-Location, else the request's own address.
 * A base that is no RTSP address (some cameras send an empty one, or only a path) is passed over.
 * Credentials never stand in a base we requested with: the caller strips them.
 */
export function controlBase(
  contentBase: string | undefined,
  contentLocation: string | undefined,
  requestUrl: string,
): string {
  for (const candidate of [contentBase, contentLocation]) {
    const text = candidate?.trim() ?? '';
    if (isAbsolute(text)) return text;
  }
  return requestUrl;
}

/**
 * Absolute controls stand for themselves; `*` and an empty one mean the base (C.1.1).
 * Others are appended after a `/`, query and all, rather than resolved as RFC 1808 would:
 * with a base like `rtsp://host/live?channel=1` cameras expect `rtsp://host/live?channel=1/trackID=1`,
 * and with `rtsp://host/live` they expect `rtsp://host/live/trackID=1`.
 * A control that begins with `/` is a path on the host; one that begins with `?` replaces the query.
 */
export function resolveControl(base: string, control: string | undefined): string {
  const wanted = control?.trim() ?? '';
  if (wanted === '' || wanted === '*') return base;
  if (isAbsolute(wanted)) return wanted;
  if (wanted.startsWith('/')) return origin(base) + wanted;
  if (wanted.startsWith('?')) return (base.split('?', 1)[0] ?? base) + wanted;
  return base.endsWith('/') ? base + wanted : `${base}/${wanted}`;
}

function isAbsolute(url: string): boolean {
  return /^rtsps?:\/\/[^/\s]/i.test(url);
}

/** Scheme and authority. */
function origin(url: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)?.[0] ?? '';
}
