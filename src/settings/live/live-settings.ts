/**
 * Settings that change while the server runs.
 *
 * In:  what is stored, what the start-up settings say, changes of people.
 * Out: values by key, and word to whoever observes a key. Promise: a change is checked whole, stored whole, then applied,
 * then told; changes happen one after another. What the start-up settings say stands above what is stored.
 *
 * Parts of the server hold the start-up settings and read in them when they need something: a change is written there,
 * too, so most parts have nothing else to do. Those that must act observe.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { dropOrphanSettings, dropSetting, dropSettingsOf, putSetting } from '../../database/settings.ts';
import type { Schema } from '../../database/schema.ts';
import type { Given } from '../load.ts';
import type { SettingAuthor, SettingRefusal, WantedChanges } from './check.ts';
import { refusalsOf } from './check.ts';
import type { SettingKey, SettingValue } from './registry.ts';
import { definitionOf, isSettingKey, settingKeys } from './registry.ts';
import { StartupValues } from './startup-values.ts';
import type { KeptSetting } from './stored-settings.ts';
import { idOf, readStored } from './stored-settings.ts';

export interface LiveSettingsParts {
  readonly queries: Kysely<Schema>;
  readonly clock: Clock;
  readonly log: Log;
  /** The start-up settings, which every part reads. */
  readonly startup: object;
  /** Where the start-up settings were given. */
  readonly given: Given;
}

/** What was changed in one go. */
export interface SettingsChanged {
  readonly cameraId: string | null;
  /** As in effect from now on; null where that is the default. */
  readonly values: ReadonlyMap<SettingKey, unknown>;
  readonly by: SettingAuthor;
  readonly revision: number;
}

/** An override of cameras that is kept with the camera itself. */
export interface KeptWithCamera {
  /** Undefined: as the server. */
  get(cameraId: string): unknown;
  /** What is wrong, for people; undefined when it is done. */
  set(cameraId: string, value: unknown): Promise<string | undefined>;
}

/** How a value came about. */
export interface SettingState {
  /** As in effect. */
  readonly value: unknown;
  /** `server`: of a camera that has no value of its own. */
  readonly source: 'default' | 'startup' | 'stored' | 'server';
  readonly managedBy: string | undefined;
  readonly changed: { readonly atMs: number; readonly by: SettingAuthor } | undefined;
  /** A value of another version of this program is stored, and not used. */
  readonly isUnreadable: boolean;
}

/**
 * Puts a new value of the server into effect before it is stored.
 * @returns what is wrong, for people; undefined when it is done
 */
type Taker = (value: unknown) => Promise<string | undefined>;

type Observer = (cameraId: string | null) => void | Promise<void>;

export class LiveSettings {
  readonly #parts: LiveSettingsParts;
  readonly #startup: StartupValues;
  readonly #kept: Map<string, KeptSetting>;
  readonly #unreadable: Set<string>;
  /** Who changed what last, resets included; since the start, and what is stored. */
  readonly #last = new Map<string, { readonly revision: number; readonly by: SettingAuthor }>();
  readonly #observers = new Map<SettingKey, Observer[]>();
  readonly #withCamera = new Map<SettingKey, KeptWithCamera>();
  #taker: { readonly key: SettingKey; readonly take: Taker } | undefined;
  readonly #listeners: ((changed: SettingsChanged) => void)[] = [];
  #revision = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** Reads what is stored, and writes it into the start-up settings. */
  static async open(parts: LiveSettingsParts): Promise<LiveSettings> {
    await dropOrphanSettings(parts.queries);
    return new LiveSettings(parts, await readStored(parts.queries, parts.log));
  }

  constructor(
    parts: LiveSettingsParts,
    stored: { readonly kept: Map<string, KeptSetting>; readonly unreadable: Set<string> },
  ) {
    this.#parts = parts;
    this.#startup = new StartupValues(parts.startup, parts.given);
    this.#kept = stored.kept;
    this.#unreadable = stored.unreadable;
    for (const [id, { changedMs, by }] of stored.kept) this.#last.set(id, { revision: changedMs, by });
    this.#revision = Math.max(0, ...Array.from(stored.kept.values(), ({ changedMs }) => changedMs));
    for (const key of settingKeys) {
      if (this.#kept.has(idOf(key, null))) this.#startup.put(key, this.get(key));
    }
  }

  /** Grows with every change; Unix ms of the newest, or a little more. */
  get revision(): number {
    return this.#revision;
  }

  /** @param cameraId of the server when absent */
  get<Key extends SettingKey>(key: Key, cameraId?: string): SettingValue<Key> {
    return this.state(key, cameraId ?? null).value as SettingValue<Key>;
  }

  state(key: SettingKey, cameraId: string | null): SettingState {
    const managedBy = this.#startup.managedBy(key);
    const isUnreadable = this.#unreadable.has(idOf(key, cameraId));
    const kept = this.#keptFor(key, cameraId);
    const changed = kept?.changedMs === undefined ? undefined : { atMs: kept.changedMs, by: kept.by };
    const shared = { managedBy, isUnreadable, changed };
    if (managedBy !== undefined) return { ...shared, value: this.#startup.get(key), source: 'startup' };
    if (kept) return { ...shared, value: kept.value, source: 'stored' };
    if (cameraId !== null) return { ...shared, value: this.state(key, null).value, source: 'server' };
    return { ...shared, value: definitionOf(key).default, source: 'default' };
  }

  /** Calls `observer` after each change of one of these keys; a change waits for what it does. */
  observe(keys: readonly SettingKey[], observer: Observer): void {
    for (const key of keys) this.#observers.set(key, [...(this.#observers.get(key) ?? []), observer]);
  }

  /** Calls `listener` when a change has been applied. */
  onChange(listener: (changed: SettingsChanged) => void): void {
    this.#listeners.push(listener);
  }

  /** Overrides of this key are read from and written to the camera. */
  keepWithCamera(key: SettingKey, where: KeptWithCamera): void {
    this.#withCamera.set(key, where);
  }

  /** A new value of this key has to be taken by that part first. One key only: another's refusal would come too late. */
  askFirst<Key extends SettingKey>(
    key: Key,
    taker: (value: SettingValue<Key>) => Promise<string | undefined>,
  ): void {
    // What it is called with was checked by the schema of the key.
    this.#taker = { key, take: (value) => taker(value as SettingValue<Key>) };
  }

  /** All or nothing. */
  change(wanted: WantedChanges): Promise<Result<SettingsChanged, readonly SettingRefusal[]>> {
    return this.#inTurn(async () => {
      const refusals = refusalsOf(wanted, {
        managedBy: (key) => this.#startup.managedBy(key),
        lastChange: (key, cameraId) => this.#last.get(idOf(key, cameraId)),
      });
      if (refusals.length > 0) return err(refusals);
      const refused = (await this.#ask(wanted)) ?? (await this.#keep(wanted));
      if (refused) return err([refused]);
      const changed = this.#describe(wanted);
      await this.#apply(changed);
      for (const listener of this.#listeners) listener(changed);
      return ok(changed);
    });
  }

  /** Of a camera that was deleted. */
  forget(cameraId: string): Promise<void> {
    return this.#inTurn(async () => {
      for (const id of settingKeys.map((key) => idOf(key, cameraId))) {
        this.#kept.delete(id);
        this.#last.delete(id);
        this.#unreadable.delete(id);
      }
      await dropSettingsOf(this.#parts.queries, cameraId);
    });
  }

  /** Resolves when no change is under way. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  #keptFor(
    key: SettingKey,
    cameraId: string | null,
  ): (Partial<KeptSetting> & { by: SettingAuthor }) | undefined {
    const elsewhere = cameraId === null ? undefined : this.#withCamera.get(key);
    if (!elsewhere || cameraId === null) return this.#kept.get(idOf(key, cameraId));
    const value = elsewhere.get(cameraId);
    return value === undefined ? undefined : { value, by: nobody };
  }

  async #ask({ values, cameraId }: WantedChanges): Promise<SettingRefusal | undefined> {
    if (!this.#taker || cameraId !== null) return undefined;
    const { key, take } = this.#taker;
    if (!Object.hasOwn(values, key)) return undefined;
    const wrong = await take(values[key] ?? definitionOf(key).default);
    return wrong === undefined ? undefined : { key, kind: 'invalid', message: `${key}: ${wrong}` };
  }

  /** In the database, then in memory. What is kept with the camera goes first: it may be refused there. */
  async #keep({ values, cameraId, by }: WantedChanges): Promise<SettingRefusal | undefined> {
    const rows: [key: SettingKey, value: unknown][] = [];
    for (const [key, value] of Object.entries(values)) {
      if (!isSettingKey(key)) continue;
      const elsewhere = cameraId === null ? undefined : this.#withCamera.get(key);
      if (!elsewhere || cameraId === null) {
        rows.push([key, value]);
        continue;
      }
      const wrong = await elsewhere.set(cameraId, value);
      if (wrong !== undefined) return { key, kind: 'managed', message: `${key}: ${wrong}` };
    }
    this.#revision = Math.max(this.#parts.clock.nowMs(), this.#revision + 1);
    await this.#write(rows, { cameraId, by });
    return undefined;
  }

  async #write(
    rows: readonly [SettingKey, unknown][],
    { cameraId, by }: Pick<WantedChanges, 'cameraId' | 'by'>,
  ): Promise<void> {
    const changedMs = this.#revision;
    const isReset = (key: SettingKey, value: unknown): boolean =>
      value === null || (cameraId === null && isDeepStrictEqual(value, definitionOf(key).default));
    await this.#parts.queries.transaction().execute(async (transaction) => {
      for (const [key, value] of rows) {
        const place = { cameraId: cameraId ?? '', key };
        const row = { ...place, valueJson: JSON.stringify(value), changedMs, changedBy: by.id };
        if (isReset(key, value)) await dropSetting(transaction, place);
        else await putSetting(transaction, row);
      }
    });
    for (const [key, value] of rows) {
      const id = idOf(key, cameraId);
      this.#unreadable.delete(id);
      this.#last.set(id, { revision: changedMs, by });
      if (isReset(key, value)) this.#kept.delete(id);
      else this.#kept.set(id, { value, changedMs, by });
    }
  }

  #describe({ values, cameraId, by }: WantedChanges): SettingsChanged {
    const keys = Object.keys(values).filter(isSettingKey);
    const inEffect = new Map(keys.map((key) => [key, this.state(key, cameraId).value]));
    return { cameraId, values: inEffect, by, revision: this.#revision };
  }

  async #apply({ cameraId, values }: SettingsChanged): Promise<void> {
    if (cameraId === null) for (const [key, value] of values) this.#startup.put(key, value);
    const observers = new Set(Array.from(values.keys()).flatMap((key) => this.#observers.get(key) ?? []));
    for (const observer of observers) {
      try {
        await observer(cameraId);
      } catch (error) {
        // A bug of ours: what was stored stays, and comes into effect with the next start.
        this.#parts.log.error('A changed setting could not be applied', { keys: [...values.keys()], error });
      }
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

const nobody: SettingAuthor = { id: '', name: '' };
