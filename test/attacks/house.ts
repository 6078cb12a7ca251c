/**
 * A house that is attacked: a real server with accounts, an administrator, somebody who may watch one camera, and two
 * cameras. And requests as nobody's library would send them.
 */
import { connect } from 'node:net';
import type { Camera } from '../../src/api/contract/cameras.ts';
import { exchange, head } from '../e2e/support/raw.ts';
import { Person, password } from '../support/people.ts';
import type { RunningServer, ServerOptions } from '../support/server.ts';
import { startServer } from '../support/server.ts';

export interface House {
  readonly server: RunningServer;
  readonly port: number;
  /** `ada`. */
  readonly admin: Person;
  /** `vera`, a viewer: `live` on the one camera. */
  readonly viewer: Person;
  readonly viewerId: string;
  readonly one: Camera;
  /** Not hers. */
  readonly other: Camera;
}

export async function openHouse(options: ServerOptions = {}): Promise<House> {
  const server = await startServer({ ...options, accounts: true });
  try {
    const admin = await Person.firstAdministrator(server);
    const push = { kind: 'push' };
    const one = await admin.must<Camera>(201, 'POST', '/api/v1/cameras', { name: 'One', source: push });
    const other = await admin.must<Camera>(201, 'POST', '/api/v1/cameras', { name: 'Other', source: push });
    const { id: viewerId } = await addUser(admin, 'vera', 'viewer', { [one.id]: ['live'] });
    const viewer = await Person.signIn(server, 'vera');
    return { server, port: Number(new URL(server.url).port), admin, viewer, viewerId, one, other };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

export function addUser(
  admin: Person,
  name: string,
  role: string,
  cameras: Readonly<Record<string, readonly string[]>> = {},
): Promise<{ readonly id: string }> {
  const grants = { every: [], cameras };
  return admin.must(201, 'POST', '/api/v1/users', { name, password, role, grants });
}

export interface Raw {
  readonly status: number;
  /** Lines of the head, without the one of the status. */
  readonly headers: readonly string[];
  readonly text: string;
}

/** The address as it is written here: libraries would make it harmless first. */
export async function rawGet(port: number, path: string, cookie: string, method = 'GET'): Promise<Raw> {
  const sent = head(port, `${method} ${path}`, `Cookie: ${cookie}`, 'Connection: close');
  return rawAnswer(await exchange(port, sent));
}

export function rawAnswer(answer: string): Raw {
  const end = answer.indexOf('\r\n\r\n');
  const [first = '', ...headers] = answer.slice(0, end < 0 ? undefined : end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0);
  return { status, headers, text: end < 0 ? '' : answer.slice(end + 4) };
}

/** The head of the first answer of a protocol whose connections stay; '' when there is none. */
export function firstAnswer(port: number, asked: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(asked));
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      if (answer.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('error', () => undefined).once('close', () => resolve(answer));
  });
}
