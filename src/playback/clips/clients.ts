/**
 * Capture clients: who may upload clips. Each has a secret of its own, which is shown once and kept as its hash.
 *
 * In: names, ids, secrets. Out: clients. Promises: a wrong secret and an unknown client look the same and take the same time.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { namedId } from '../../base/ids.ts';
import type { ClipClient } from '../../database/clips.ts';
import {
  changeSecret,
  deleteClient,
  findClient,
  insertClient,
  listClients,
  markSeen,
} from '../../database/clips.ts';
import type { Schema } from '../../database/schema.ts';
import type { Random } from '../../io/random.ts';

export interface NewSecret {
  readonly client: ClipClient;
  /** Shown once, never stored. */
  readonly secret: string;
}

/** More clients than any owner has; each is a row and a place in a list. */
const maxClients = 1000;
const secretBytes = 32;
/** A client that uploads every second need not write a row each time. */
const seenEveryMs = 10_000;
/** Compared with when there is no such client. No secret has this hash that anyone knows. */
const nobody = Buffer.alloc(32);

export interface ClientParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly random: Random;
}

export class ClipClients {
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  list(): Promise<readonly ClipClient[]> {
    return listClients(this.#parts.queries);
  }

  find(id: string): Promise<ClipClient | undefined> {
    return findClient(this.#parts.queries, id);
  }

  /** Undefined when there are too many. */
  async create(name: string): Promise<NewSecret | undefined> {
    const { queries, clock, random } = this.#parts;
    if ((await listClients(queries)).length >= maxClients) return undefined;
    const secret = this.#newSecret();
    const client = {
      id: namedId('cli', random(16)),
      name,
      secretHash: hashOf(secret).toString('hex'),
      createdMs: clock.nowMs(),
      seenMs: null,
    };
    await insertClient(queries, client);
    return { client, secret };
  }

  /** A new secret; the old one is worth nothing from now on. Undefined when there is no such client. */
  async rotate(id: string): Promise<NewSecret | undefined> {
    const { queries } = this.#parts;
    const secret = this.#newSecret();
    if (!(await changeSecret(queries, id, hashOf(secret).toString('hex')))) return undefined;
    const client = await findClient(queries, id);
    return client && { client, secret };
  }

  /** False when there was none. Its clips have to be deleted before. */
  delete(id: string): Promise<boolean> {
    return deleteClient(this.#parts.queries, id);
  }

  /** The client, when this is its secret. */
  async authenticate(id: string, secret: string): Promise<ClipClient | undefined> {
    const { queries, clock } = this.#parts;
    const client = await findClient(queries, id);
    const wanted = client ? Buffer.from(client.secretHash, 'hex') : nobody;
    if (!timingSafeEqual(hashOf(secret), wanted) || !client) return undefined;
    const nowMs = clock.nowMs();
    if (client.seenMs === null || Math.abs(nowMs - client.seenMs) >= seenEveryMs) {
      await markSeen(queries, id, nowMs);
    }
    return client;
  }

  #newSecret(): string {
    return Buffer.from(this.#parts.random(secretBytes)).toString('base64url');
  }
}

/** The secret has 256 random bits: a slow hash would protect nothing more. */
function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
