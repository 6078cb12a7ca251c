/**
 * The answers of http-01 (RFC 8555, 8.3): a small HTTP server that is there only while an order runs, and knows nothing
 * but the texts that the authority will ask for.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';

/** An authority asks from a few places at once. */
const maxConnections = 64;
/** For a request of two lines. */
const requestTimeoutMs = 10_000;
const path = '/.well-known/acme-challenge/';

export class ChallengeListener {
  readonly #port: number;
  readonly #answers = new Map<string, string>();
  #server: Server | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  add(token: string, answer: string): void {
    this.#answers.set(token, answer);
  }

  remove(token: string): void {
    this.#answers.delete(token);
  }

  /** Rejects with what a person can do. */
  async listen(): Promise<void> {
    const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
      const { url = '' } = request;
      const answer = url.startsWith(path) ? this.#answers.get(url.slice(path.length)) : undefined;
      response.setHeader('connection', 'close');
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(answer ?? '');
    });
    server.maxConnections = maxConnections;
    this.#server = server;
    server.listen(this.#port);
    try {
      await once(server, 'listening');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new Error(`port ${this.#port} (https.acme.challengePort) ${words(code) ?? message}`, {
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#answers.clear();
    if (!server?.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
}

function words(code: string | undefined): string | undefined {
  if (code === 'EADDRINUSE') return 'is used by another program';
  if (code === 'EACCES')
    return 'needs more rights than this server has: lead port 80 of the router to another port';
  return undefined;
}
