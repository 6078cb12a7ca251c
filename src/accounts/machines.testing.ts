/**
 * For tests: keys, tokens, devices and links on a real database, with people who stand in none.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../base/clock.ts';
import type { Log, LogFields } from '../base/log.ts';
import { silentLog } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/database.ts';
import { systemRandom } from '../io/random.ts';
import { makeSecretBox } from '../io/secret-box.ts';
import type { Principal } from './access.ts';
import type { Refresher } from './accounts.ts';
import type { Machines } from './machines.ts';
import { openMachines } from './machines.ts';

export class TestMachines {
  readonly clock = new ManualClock();
  /** Who there is now, by id. */
  readonly people = new Map<string, Principal>();
  readonly refreshers = new Map<Principal['kind'], Refresher>();
  /** What was said in the log, with its fields. */
  readonly warnings: (readonly [message: string, fields: LogFields | undefined])[] = [];
  readonly database: Database;
  readonly #folder: string;
  readonly #box = makeSecretBox(new Uint8Array(32).fill(7), systemRandom);
  readonly #listeners: (() => void)[] = [];

  private constructor(folder: string, database: Database) {
    this.#folder = folder;
    this.database = database;
  }

  static async start(): Promise<TestMachines> {
    const folder = await mkdtemp(join(tmpdir(), 'sightline-machines-'));
    const opened = await openDatabase(join(folder, 'test.sqlite'));
    if (!opened.ok) throw new Error(opened.error.message);
    return new TestMachines(folder, opened.value);
  }

  /**
   * As after a start of the server.
   * @param box another secret than before, when given
   * @param declared names of devices that the configuration has
   */
  open(box = this.#box, declared: readonly string[] = ['declared']): Promise<Machines> {
    const { clock, database, refreshers } = this;
    const log: Log = { ...silentLog, warn: (message, fields) => void this.warnings.push([message, fields]) };
    const parts = { queries: database.queries, clock, log, random: systemRandom, box };
    const declaredDevices = declared.map((name) => ({ name, password: 'of the file' }));
    const people = {
      principal: (id: string) => this.people.get(id),
      user: (id: string) => (this.people.has(id) ? ({ id } as never) : undefined),
      refreshWith: (kind: Principal['kind'], refresher: Refresher) => void refreshers.set(kind, refresher),
      changed: () => this.changed(),
      onChange: (listener: () => void) => {
        this.#listeners.push(listener);
        return () => undefined;
      },
    } as const;
    return openMachines(parts, { people, declaredDevices });
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async end(): Promise<void> {
    await this.database.close();
    await rm(this.#folder, { recursive: true });
  }
}
