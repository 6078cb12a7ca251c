/**
 * Where on its site this server is shown: at the root, or under a path that a proxy gives it. Whether the proxy takes
 * that path away or leaves it: routes see addresses without it, and answers hold addresses with it.
 */

import type { FastifyInstance } from 'fastify';

/** For Fastify's `rewriteUrl`. @param basePath '' or like `/cams` */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}

/** Names under which answers hold addresses of ours. */
const addressKeys: ReadonlySet<string> = new Set([
  'url',
  'hls',
  'hlsSub',
  'hls_url',
  'previewHls',
  'snapshot',
  'mjpeg',
  'whep',
  'whip',
  'stream',
]);

/** For `JSON.stringify`, wherever answers become text; undefined when nothing is to be done. */
export function jsonReplacer(basePath: string): ((key: string, value: unknown) => unknown) | undefined {
  if (basePath === '') return undefined;
  return (key, value) =>
    typeof value === 'string' && value.startsWith('/') && addressKeys.has(key) ? basePath + value : value;
}

const addressHeaders = ['location', 'content-location'] as const;

/** Addresses in headers and in pages that are made here. */
export function answerUnder(app: FastifyInstance, basePath: string): void {
  if (basePath === '') return;
  app.addHook('onSend', async (_request, reply, payload) => {
    for (const name of addressHeaders) {
      const address = reply.getHeader(name);
      if (typeof address === 'string' && address.startsWith('/')) reply.header(name, basePath + address);
    }
    const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
    return isPage && typeof payload === 'string' ? pageUnder(payload, basePath) : payload;
  });
}

/** Addresses are those in attributes; the page of the dashboard has one for its script to read. */
function pageUnder(page: string, basePath: string): string {
  return page.replaceAll(/((?:href|src|action|name="base-path" content)=")\/(?!\/)/g, `$1${basePath}/`);
}
