/**
 * Addresses that a device gives of itself, brought to where it is really reached.
 *
 * Cameras behind a router, or moved to another network, name an address that leads nowhere; a hostile one names another
 * machine. Either way the host is replaced by the one that answered; port and path are the device's to say.
 */

export interface OwnAddress {
  /** Without credentials. */
  readonly url: string;
  /** The host that the device named instead; undefined when it named its own. */
  readonly named: string | undefined;
}

const maxUrlCharacters = 2048;

/**
 * @param text as the device wrote it
 * @param reached name or address at which it answers, without brackets
 * @param schemes those that make sense here, for example `rtsp:`
 * @returns undefined when it is no such address
 */
export function ownAddress(
  text: string,
  reached: string,
  schemes: readonly string[],
): OwnAddress | undefined {
  const match = /^([a-z]{3,6}:)\/\/([^/?#\s]*)([^\s]*)$/i.exec(text.trim());
  const scheme = match?.[1]?.toLowerCase();
  if (!match || text.length > maxUrlCharacters || !scheme || !schemes.includes(scheme)) return undefined;
  const named = readAuthority(match[2] ?? '');
  if (!named) return undefined;
  const shown = reached.includes(':') ? `[${reached}]` : reached;
  return {
    url: `${scheme}//${shown}${named.port}${visible(match[3] ?? '')}`,
    named: named.host === reached.toLowerCase() ? undefined : named.host,
  };
}

/** What may stand before the host is dropped. `port` with its colon, or empty. */
function readAuthority(text: string): { readonly host: string; readonly port: string } | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i.exec(text.replace(/^.*@/, ''));
  const host = parts?.[1] ?? parts?.[2];
  if (host === undefined) return undefined;
  const port = Number(parts?.[3] ?? 1);
  if (port < 1 || port > 65_535) return undefined;
  return { host: host.toLowerCase(), port: parts?.[3] === undefined ? '' : `:${port}` };
}

/** Whatever is not printed ASCII is escaped: this stands in request lines later. */
function visible(path: string): string {
  return path.replaceAll(/[^\x21-\x7e]/gu, (letter) => {
    const wellFormed = letter.isWellFormed() ? letter : '\ufffd';
    return encodeURIComponent(wellFormed);
  });
}
