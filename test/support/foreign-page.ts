/**
 * Somebody else's web site: one page, on another port and so of another origin.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForeignPage {
  readonly origin: string;
  /** What it shows from now on. */
  show(html: string): void;
  close(): void;
}

export async function openForeignPage(): Promise<ForeignPage> {
  let html = '';
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show: (shown) => (html = shown),
    close: () => server.close(),
  };
}

/** A page with players, as its owner writes it. @param players attributes of each. */
export function pageWithPlayers(serverUrl: string, players: readonly string[]): string {
  const elements = players.map((attributes) => `<sightline-player ${attributes}></sightline-player>`);
  return `<!doctype html>
<title>A shop</title>
<style>body { display: grid; grid-template-columns: repeat(3, 1fr) } body > :only-of-type { grid-column: 1 / 4 }</style>
<script type="module" src="${serverUrl}/player.js"></script>
${elements.join('\n')}`;
}
