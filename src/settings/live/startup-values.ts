/**
 * The start-up settings as far as they can be changed while running: each such key has its place in them.
 */
import { child } from '../json-schema.ts';
import type { Given } from '../load.ts';
import type { SettingKey } from './registry.ts';
import { definitionOf, settingKeys } from './registry.ts';

export class StartupValues {
  readonly #startup: object;
  readonly #managed = new Map<SettingKey, string>();
  /** As the start-up settings have it where nothing is given: `undefined` or `null` where that means no limit. */
  readonly #absent = new Map<SettingKey, unknown>();

  constructor(startup: object, given: Given) {
    this.#startup = startup;
    for (const key of settingKeys) {
      const path = definitionOf(key).startup;
      if (!path) continue;
      const where = given(path);
      if (where !== undefined) this.#managed.set(key, where);
      this.#absent.set(key, path.reduce<unknown>(child, startup));
    }
  }

  /** Where it was given; undefined: it may be changed. */
  managedBy(key: SettingKey): string | undefined {
    return this.#managed.get(key);
  }

  get(key: SettingKey): unknown {
    const { startup, startupShape } = definitionOf(key);
    const value = startup?.reduce<unknown>(child, this.#startup);
    return startupShape ? startupShape.fromStartup(value) : value;
  }

  /** Parts that read the start-up settings find it there from now on. */
  put(key: SettingKey, value: unknown): void {
    const { startup: path, startupShape } = definitionOf(key);
    if (!path || this.#managed.has(key)) return;
    const shaped = startupShape ? startupShape.toStartup(value) : value;
    const last = path.at(-1) ?? '';
    const group = path.slice(0, -1).reduce<unknown>(child, this.#startup);
    // The path is a constant of ours, and the schema has made every group on it.
    (group as Record<string, unknown>)[last] = shaped ?? this.#absent.get(key);
  }
}
