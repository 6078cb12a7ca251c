/**
 * Share links: one camera, live or a range of its past, for people without an account, until a fixed time.
 *
 * In:  who shares what. Out: the secret of the link, once; later who holds it. Promises: a link never may more than who
 * made it may now; only a hash is kept; links that are over are forgotten.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { namedId } from '../base/ids.ts';
import type { ShareLinkRow } from '../database/share-links.ts';
import { countShareUse, deleteShareLinks, insertShareLink, listShareLinks } from '../database/share-links.ts';
import type { Need, Principal, Right, Share } from './access.ts';
import { can } from './access.ts';
import type { MachineParts } from './api-keys.ts';
import type { Issuers } from './issuers.ts';
import { newSecret, secretHash } from './secret.ts';

export interface ShareEntry {
  readonly id: string;
  readonly cameraId: string;
  readonly userId: string;
  readonly live: boolean;
  /** Both null: live only. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly note: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly usedMs: number | null;
  readonly uses: number;
}

export type NewShare = Pick<ShareEntry, 'cameraId' | 'live' | 'fromMs' | 'toMs' | 'note'> & {
  readonly lastsMs: number;
};

interface Held {
  readonly hash: string;
  readonly entry: ShareEntry;
}

/** What it takes to share a camera; whoever loses it has shared nothing any more. */
const sharing: Need = { permission: 'media:read', right: 'export' };
/** More than somebody keeps an eye on; each is held in memory. */
const maxSharesPerUser = 200;
const secretForm = /^[\w-]{43}$/;

export class ShareLinks {
  readonly #parts: MachineParts;
  readonly #issuers: Issuers;
  readonly #byHash = new Map<string, Held>();

  private constructor(parts: MachineParts, issuers: Issuers) {
    this.#parts = parts;
    this.#issuers = issuers;
  }

  static async open(parts: MachineParts, issuers: Issuers): Promise<ShareLinks> {
    const links = new ShareLinks(parts, issuers);
    for (const row of await listShareLinks(parts.queries)) links.#byHash.set(row.secret_hash, fromRow(row));
    await links.#forgetOver();
    return links;
  }

  /** Those that are not over. @param userId absent: of everybody */
  list(userId?: string): ShareEntry[] {
    const nowMs = this.#parts.clock.nowMs();
    const valid = [...this.#byHash.values()].map(({ entry }) => entry);
    return valid.filter((entry) => entry.expiresMs > nowMs && (userId ?? entry.userId) === entry.userId);
  }

  get(id: string): ShareEntry | undefined {
    return this.list().find((entry) => entry.id === id);
  }

  async create(
    userId: string,
    { lastsMs, ...shared }: NewShare,
  ): Promise<Result<{ readonly entry: ShareEntry; readonly secret: string }, 'too-many'>> {
    await this.#forgetOver();
    if (this.list(userId).length >= maxSharesPerUser) return err('too-many');
    const { clock, queries, random } = this.#parts;
    const secret = newSecret(random);
    const createdMs = clock.nowMs();
    const row: ShareLinkRow = {
      id: namedId('shr', random(16)),
      secret_hash: secretHash(secret),
      user_id: userId,
      camera_id: shared.cameraId,
      live: shared.live ? 1 : 0,
      from_ms: shared.fromMs,
      to_ms: shared.toMs,
      note: shared.note,
      created_ms: createdMs,
      expires_ms: createdMs + lastsMs,
      used_ms: null,
      uses: 0,
    };
    await insertShareLink(queries, row);
    const held = fromRow(row);
    this.#byHash.set(held.hash, held);
    return ok({ entry: held.entry, secret });
  }

  /** False when there was none. */
  async delete(id: string): Promise<boolean> {
    const deleted = this.#deleteWhere((entry) => entry.id === id);
    this.#parts.changed();
    return deleted;
  }

  /** Users were deleted: the database has deleted their links with them. */
  forgetUsers(isGone: (userId: string) => boolean): void {
    for (const [hash, { entry }] of this.#byHash) if (isGone(entry.userId)) this.#byHash.delete(hash);
  }

  /** Who holds this secret; undefined when there is no such link, it is over, or who made it may not share any more. */
  check(secret: string): Principal | undefined {
    // Found by its hash: the time that takes tells of hashes only.
    const held = secretForm.test(secret) ? this.#byHash.get(secretHash(secret)) : undefined;
    return held && this.#principal(held.entry);
  }

  /** As it is now, for what goes on. */
  principalOf(id: string): Principal | undefined {
    const entry = this.get(id);
    return entry && this.#principal(entry);
  }

  /** It was opened once more. */
  async opened(id: string): Promise<void> {
    const held = [...this.#byHash.values()].find(({ entry }) => entry.id === id);
    if (!held) return;
    const usedMs = this.#parts.clock.nowMs();
    const entry = { ...held.entry, usedMs, uses: held.entry.uses + 1 };
    this.#byHash.set(held.hash, { ...held, entry });
    await countShareUse(this.#parts.queries, id, usedMs);
  }

  #principal(entry: ShareEntry): Principal | undefined {
    const { id, cameraId, live, fromMs, toMs, expiresMs } = entry;
    if (expiresMs <= this.#parts.clock.nowMs()) return undefined;
    const issuer = this.#issuers.principalOf(entry.userId);
    if (!issuer || !can(issuer, sharing, cameraId)) return undefined;
    const share: Share = {
      cameraId,
      live,
      ...(fromMs !== null && toMs !== null && { range: { fromMs, toMs } }),
    };
    // Of the past its range alone: the policy lets links replay only where that is looked at.
    const held: readonly Right[] = [
      ...(live ? ['live' as const] : []),
      ...(share.range ? ['playback' as const] : []),
    ];
    return {
      kind: 'share',
      id,
      name: `a link of ${issuer.name}`,
      permissions: new Set(['media:read']),
      grants: { every: [], cameras: { [cameraId]: held } },
      issuer,
      expiresMs,
      share,
    };
  }

  #forgetOver(): Promise<boolean> {
    const nowMs = this.#parts.clock.nowMs();
    return this.#deleteWhere((entry) => entry.expiresMs <= nowMs);
  }

  async #deleteWhere(isOver: (entry: ShareEntry) => boolean): Promise<boolean> {
    const over = [...this.#byHash.values()].filter(({ entry }) => isOver(entry));
    for (const { hash } of over) this.#byHash.delete(hash);
    if (over.length > 0)
      await deleteShareLinks(
        this.#parts.queries,
        over.map(({ entry }) => entry.id),
      );
    return over.length > 0;
  }
}

function fromRow(row: ShareLinkRow): Held {
  const entry: ShareEntry = {
    id: row.id,
    cameraId: row.camera_id,
    userId: row.user_id,
    live: row.live !== 0,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    note: row.note,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    usedMs: row.used_ms,
    uses: row.uses,
  };
  return { hash: row.secret_hash, entry };
}
