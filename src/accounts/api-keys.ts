/**
 * API keys: `sl_<id>_<secret>`, for programs that act in a user's name.
 *
 * In:  who makes one, for what. Out: the key, once; later who sends it. Promises: a key never may more than its user
 * may now; only a hash is kept; all keys are in memory, so that asking costs no query.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../base/clock.ts';
import { namedId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ApiKeyRow } from '../database/api-keys.ts';
import { deleteApiKey, insertApiKey, listApiKeys, markApiKeyUsed } from '../database/api-keys.ts';
import type { Schema } from '../database/schema.ts';
import type { Random } from '../io/random.ts';
import type { Grants, Permission, Principal } from './access.ts';
import { permissions } from './access.ts';
import type { Issuers } from './issuers.ts';
import { fitsHash, newSecret, secretHash } from './secret.ts';
import { parseGrants } from './user.ts';

export interface ApiKeyEntry {
  readonly id: string;
  readonly name: string;
  readonly userId: string;
  readonly scopes: readonly Permission[];
  /** Null: as its user. */
  readonly grants: Grants | null;
  readonly createdMs: number;
  readonly expiresMs: number | null;
  readonly usedMs: number | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Permission[];
  readonly grants: Grants | null;
  readonly expiresMs: number | null;
}

export interface MachineParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** Something that existed may do less now, or is no more. */
  readonly changed: () => void;
}

interface Held {
  readonly hash: string;
  readonly entry: ApiKeyEntry;
  readonly scopes: ReadonlySet<Permission>;
  usedMs: number | null;
}

/** More than the programs of a site; each is held in memory. */
const maxKeysPerUser = 100;
/** How exactly it is known when a key was used. */
const usedStepMs = 60_000;
const keyForm = /^sl_([0-9a-z]{16})_([\w-]{43})$/;
/** What unknown keys are compared with: they take as long as known ones. */
const noHash = '0'.repeat(64);

export class ApiKeys {
  readonly #parts: MachineParts;
  readonly #issuers: Issuers;
  readonly #keys: Map<string, Held>;

  private constructor(parts: MachineParts, issuers: Issuers, rows: readonly ApiKeyRow[]) {
    this.#parts = parts;
    this.#issuers = issuers;
    this.#keys = new Map(rows.map((row) => [row.id, fromRow(row)]));
  }

  static async open(parts: MachineParts, issuers: Issuers): Promise<ApiKeys> {
    return new ApiKeys(parts, issuers, await listApiKeys(parts.queries));
  }

  /** @param userId absent: of everybody */
  list(userId?: string): ApiKeyEntry[] {
    const all = [...this.#keys.values()].map(({ entry, usedMs }) => ({ ...entry, usedMs }));
    return userId === undefined ? all : all.filter((entry) => entry.userId === userId);
  }

  get(id: string): ApiKeyEntry | undefined {
    const held = this.#keys.get(id);
    return held && { ...held.entry, usedMs: held.usedMs };
  }

  /** Scopes that `owner` does not have are left out. */
  async create(
    owner: Principal,
    wanted: NewApiKey,
  ): Promise<Result<{ readonly entry: ApiKeyEntry; readonly key: string }, 'no-scopes' | 'too-many'>> {
    const scopes = permissions.filter(
      (scope) => wanted.scopes.includes(scope) && owner.permissions.has(scope),
    );
    if (scopes.length === 0) return err('no-scopes');
    if (this.list(owner.id).length >= maxKeysPerUser) return err('too-many');
    const { clock, random, queries } = this.#parts;
    const secret = newSecret(random);
    const row: ApiKeyRow = {
      id: namedId('key', random(16)),
      secret_hash: secretHash(secret),
      user_id: owner.id,
      name: wanted.name,
      scopes: JSON.stringify(scopes),
      grants: wanted.grants && JSON.stringify(wanted.grants),
      created_ms: clock.nowMs(),
      expires_ms: wanted.expiresMs,
      used_ms: null,
    };
    await insertApiKey(queries, row);
    const held = fromRow(row);
    this.#keys.set(row.id, held);
    return ok({ entry: held.entry, key: `sl_${row.id.slice('key_'.length)}_${secret}` });
  }

  /** False when there was none. */
  async delete(id: string): Promise<boolean> {
    if (!this.#keys.delete(id)) return false;
    this.#parts.changed();
    await deleteApiKey(this.#parts.queries, id);
    return true;
  }

  /** Users were deleted: the database has deleted their keys with them. */
  forgetUsers(isGone: (userId: string) => boolean): void {
    for (const [id, { entry }] of this.#keys) if (isGone(entry.userId)) this.#keys.delete(id);
  }

  /** Who sends this key; undefined when it is none of ours, over, or its user is. */
  check(text: string): Principal | undefined {
    const [, id, secret] = keyForm.exec(text) ?? [];
    if (secret === undefined) return undefined;
    const held = this.#keys.get(`key_${id}`);
    if (!fitsHash(secret, held?.hash ?? noHash) || !held) return undefined;
    const principal = this.principalOf(held.entry.id);
    if (principal) this.#use(held);
    return principal;
  }

  /** Who a key is, without its secret: tokens are made in its name, too. */
  principalOf(id: string): Principal | undefined {
    const held = this.#keys.get(id);
    if (!held) return undefined;
    const { name, userId, grants, expiresMs } = held.entry;
    if (expiresMs !== null && expiresMs <= this.#parts.clock.nowMs()) return undefined;
    const issuer = this.#issuers.principalOf(userId);
    if (!issuer) return undefined;
    return {
      kind: 'key',
      id,
      name,
      permissions: held.scopes,
      grants: grants ?? issuer.grants,
      issuer,
      ...(expiresMs !== null && { expiresMs }),
    };
  }

  #use(held: Held): void {
    const { clock, queries, log } = this.#parts;
    const nowMs = clock.nowMs();
    if (held.usedMs !== null && Math.abs(nowMs - held.usedMs) < usedStepMs) return;
    held.usedMs = nowMs;
    markApiKeyUsed(queries, held.entry.id, nowMs).catch((error: unknown) => {
      log.warn('The last use of an API key was not stored', { key: held.entry.id, error });
    });
  }
}

function fromRow(row: ApiKeyRow): Held {
  const scopes = readScopes(row.scopes);
  const entry: ApiKeyEntry = {
    id: row.id,
    name: row.name,
    userId: row.user_id,
    scopes,
    grants: row.grants === null ? null : parseGrants(row.grants),
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    usedMs: row.used_ms,
  };
  return { hash: row.secret_hash, entry, scopes: new Set(scopes), usedMs: row.used_ms };
}

/** A row that somebody spoilt grants nothing. */
function readScopes(text: string): readonly Permission[] {
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(stored) ? permissions.filter((scope) => stored.includes(scope)) : [];
}
