/**
 * A playlist whose addresses carry something more, for players that keep nothing from one request to the next.
 *
 * In: a playlist of ours, and the query. Out: the same with the query in every address: segments, parts, hints, init
 * segments, other playlists. Players add their own directives to what is there (RFC 8216bis, 6.2.5).
 */

/** @param query `name=value`, ready for an address */
export function withQuery(playlist: string, query: string): string {
  return playlist
    .split('\n')
    .map((line) => {
      if (line === '') return line;
      if (!line.startsWith('#')) return added(line, query);
      return line.replace(uriAttribute, (_, before: string, uri: string) => `${before}${added(uri, query)}"`);
    })
    .join('\n');
}

/** 4.2: attributes follow a colon or a comma; a quoted text holds no quotes. */
const uriAttribute = /([:,]URI=")([^"]*)"/g;

function added(uri: string, query: string): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}`;
}
