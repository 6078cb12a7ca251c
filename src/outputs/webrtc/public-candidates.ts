/**
 * Candidates for addresses that only viewers see: a router translates them to ours (RFC 8839, 5.1).
 */

/** Below those of the worker's own: who reaches it directly shall. */
const priority = 1_694_498_815;

/** Same port as ours. */
export function publicCandidates(own: readonly string[], addresses: readonly string[]): readonly string[] {
  const port = own
    .map((candidate) => /^\S+ \d+ UDP \d+ \S+ (\d{1,5}) typ host/i.exec(candidate)?.[1])
    .find(Boolean);
  if (port === undefined) return [];
  return addresses.map(
    (address, index) => `${100 + index} 1 UDP ${priority - index} ${address} ${port} typ host`,
  );
}
