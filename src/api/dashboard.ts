/**
 * The built dashboard: files with a hash in their name are kept for ever, everything else is asked for anew.
 * Addresses that are no file belong to the dashboard's own pages.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actionForAll } from './policy.ts';
import { notFoundProblem, sendProblem } from './problems.ts';

/** @param folder with `index.html`, as the build made it. */
export async function serveDashboard(app: FastifyInstance, folder: string, basePath: string): Promise<void> {
  const built = existsSync(join(folder, 'index.html'));
  if (built) {
    await app.register(async (pages) => {
      actionForAll(pages, 'page.read');
      await pages.register(fastifyStatic, {
        root: folder,
        decorateReply: false,
        preCompressed: true,
        cacheControl: false,
        dotfiles: 'ignore',
        // Under a path its addresses are changed on the way out.
        ...(basePath === '' ? { index: 'index.html' } : { index: false, allowedPath: isNoPage }),
        setHeaders: (reply, path) => void reply.header('cache-control', cacheControl(path)),
      });
      if (basePath !== '') pages.get(`/${offlinePage}`, (_, reply) => sendPage(reply, folder, offlinePage));
    });
  }
  const page = built ? (reply: FastifyReply) => sendPage(reply, folder, 'index.html') : missingPage;
  app.setNotFoundHandler(async (request, reply) =>
    isPage(request) ? page(reply) : sendProblem(reply, notFoundProblem(undefined)),
  );
}

/** What the service worker keeps for when the server is not reached. */
const offlinePage = 'offline.html';

const isNoPage = (path: string): boolean => !path.endsWith('.html');

/** Vite puts a hash of the content into every name in this folder. */
function cacheControl(path: string): string {
  return /[/\\]assets[/\\]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** A browser that opens an address, in contrast to a program or a page that fetches a file. */
function isPage({ method, url, headers }: FastifyRequest): boolean {
  const reads = method === 'GET' || method === 'HEAD';
  return reads && !/^\/(api|hls)\//.test(url) && (headers.accept ?? '').includes('text/html');
}

async function sendPage(reply: FastifyReply, folder: string, name: string): Promise<FastifyReply> {
  const page = await readFile(join(folder, name), 'utf8');
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(page);
}

function missingPage(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .header('cache-control', 'no-store')
    .send('The dashboard has not been built. Stop the server and run: npm start\nThe API is at /api/docs.\n');
}
