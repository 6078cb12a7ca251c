/**
 * People with accounts on a real server, as their browsers are: each keeps its own cookies.
 */
import type { RunningServer } from './server.ts';

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export const password = 'correct horse battery';

export class Person {
  readonly #server: RunningServer;
  readonly #cookies = new Map<string, string>();

  private constructor(server: RunningServer) {
    this.#server = server;
  }

  /** Somebody who has not signed in. */
  static nobody(server: RunningServer): Person {
    return new Person(server);
  }

  /** Follows the link that the server printed. */
  static async firstAdministrator(server: RunningServer, name = 'ada'): Promise<Person> {
    const token = await setupToken(server);
    return Person.#enter(server, '/api/v1/setup', { token, name, password });
  }

  static signIn(server: RunningServer, name: string): Promise<Person> {
    return Person.#enter(server, '/api/v1/session', { name, password });
  }

  static async #enter(server: RunningServer, path: string, body: object): Promise<Person> {
    const person = new Person(server);
    const { status, body: said } = await person.send('POST', path, body);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(said)}`);
    return person;
  }

  /** As its browser sends it. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** With its cookie, from a page of the server. */
  async send<T = unknown>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(this.#server.url + path, {
      method,
      headers: {
        origin: this.#server.url,
        cookie: this.cookie,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: (parsed(text) ?? text) as T };
  }

  /** As `send`; throws unless it is answered with `status`. */
  async must<T>(status: number, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.send<T>(method, path, body);
    if (answer.status === status) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
}

async function setupToken(server: RunningServer): Promise<string> {
  for (let turn = 0; turn < 200; turn += 1) {
    const token = /\/setup\?token=([\w-]+)/.exec(server.output())?.[1];
    if (token !== undefined) return token;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(`The server printed no link:\n${server.output()}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
