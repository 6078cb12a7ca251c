/**
 * The folders that footage is kept in. Each carries an identity file, and one that is not what it should be (another
 * disk, an unmounted mount point) is refused, never filled. Looked at again every 10 s.
 */
import { join } from 'node:path';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Disk, Space } from './disk.ts';
import { errorText, writeAll } from './disk.ts';
import { identityFile, volumeIdentity } from './volume-identity.ts';

export interface VolumePlace {
  /** Absolute. */
  readonly path: string;
  /** Made when it is missing and was never used. For the folder inside our own data, not for mount points. */
  readonly make?: boolean;
}

/** Remembers which volume was seen where; the database's `volumes` table. */
interface VolumeMemory {
  list(): Promise<readonly { readonly id: string; readonly path: string }[]>;
  put(volume: { readonly id: string; readonly path: string; readonly createdMs: number }): Promise<void>;
}

export type VolumeState = 'ready' | 'full' | 'failed' | 'missing';

export interface VolumeStatus {
  /** Empty while it was never seen. */
  readonly id: string;
  readonly path: string;
  readonly state: VolumeState;
  /** For people: what is wrong and what to do; empty when it is ready. */
  readonly reason: string;
  /** When it was looked at last; 0 while it is not there. */
  readonly space: Space;
}

export interface Volume {
  readonly id: string;
  readonly path: string;
}

export interface VolumesOptions {
  readonly places: readonly VolumePlace[];
  readonly disk: Disk;
  readonly memory: VolumeMemory;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** Called after each look, when every state is known. */
  readonly onLooked: () => void;
}

const probeFile = '.sightline-probe';

/** As the design note promises. */
const lookEveryMs = 10_000;

/** A disk that takes longer to say who it is hangs: a network that is gone, a disk that is dying. */
const answerWithinMs = 5000;

/** Less than this is full: the head and end of a few recordings, and what the file system keeps for itself. */
const fullBelowBytes = 64 * 1024 * 1024;

/** A file system of its own has these in its root. */
export const ignoredNames: ReadonlySet<string> = new Set(['lost+found', probeFile, '.DS_Store']);

const notLookedAt = 'Not looked at yet.';

const noSpace: Space = { freeBytes: 0, totalBytes: 0 };

export class Volumes {
  readonly #options: VolumesOptions;
  #states: readonly VolumeStatus[];
  #timer: Timer | undefined;
  #closed = false;
  /** One for each state, in the same order. */
  #places: readonly VolumePlace[];
  /** Paths that are perhaps given up: nothing new goes there meanwhile. */
  #leaving: ReadonlySet<string> = new Set();
  /** Looks under way: a disk that hangs is not asked twice, and holds up no other. */
  readonly #looking = new Map<VolumePlace, Promise<void>>();

  constructor(options: VolumesOptions) {
    this.#options = options;
    this.#places = options.places;
    this.#states = options.places.map(unseen);
  }

  list(): readonly VolumeStatus[] {
    return this.#states;
  }

  /** Undefined when it is not among ours, or was never there. */
  find(id: string): VolumeStatus | undefined {
    return this.#states.find((volume) => volume.id === id);
  }

  /** Where a new recording goes: the most free part of those that work, a full one only when all are. */
  choose(without: readonly string[] = []): VolumeStatus | undefined {
    return this.#best('ready', without) ?? this.#best('full', without);
  }

  #best(state: VolumeState, without: readonly string[]): VolumeStatus | undefined {
    let best: VolumeStatus | undefined;
    for (const volume of this.#states) {
      if (volume.state !== state || without.includes(volume.id) || this.#leaving.has(volume.path)) continue;
      if (!best || freeRatio(volume) > freeRatio(best)) best = volume;
    }
    return best;
  }

  /** A write failed there: not used until it is looked at again and takes a trial write. */
  markFailed(id: string, reason: string): void {
    this.#mark(id, 'failed', reason);
  }

  markFull(id: string): void {
    this.#mark(id, 'full', 'The volume is full.');
  }

  #mark(id: string, state: VolumeState, reason: string): void {
    const before = this.find(id);
    if (!before || before.state === state) return;
    this.#options.log.error('A volume is not usable', { path: before.path, state, reason });
    this.#states = this.#states.map((volume) => (volume.id === id ? { ...volume, state, reason } : volume));
  }

  /** Whether the volume at hand is still the one it was; cheap enough for every new file. */
  async isRight(id: string): Promise<boolean> {
    const volume = this.find(id);
    if (!volume) return false;
    const found = await volumeIdentity(this.#options.disk, volume.path);
    // Asked after the wait: whoever is told yes has noted before what it is about to write.
    return (
      found.kind === 'is' && found.id === id && this.find(id) !== undefined && !this.#leaving.has(volume.path)
    );
  }

  /**
   * Other places from now on; those that stay keep their state, new ones are looked at before this resolves.
   * @param holds in words, what is still on a volume that shall go; asked again while nothing new goes there
   * @returns the first place that cannot go, and what it holds; nothing is changed then
   */
  async changePlaces(
    wanted: readonly VolumePlace[],
    holds: (volume: Volume) => Promise<string | undefined>,
  ): Promise<{ readonly path: string; readonly holds: string } | undefined> {
    const next = wanted.map((place) => this.#places.find(({ path }) => path === place.path) ?? place);
    const going = this.#states.filter((_, at) => next.every((place) => place !== this.#places[at]));
    const kept = (await firstHeld(going, holds)) ?? (await this.#leave(going, next, holds));
    if (!kept) await this.look();
    return kept;
  }

  async #leave(
    going: readonly VolumeStatus[],
    next: readonly VolumePlace[],
    holds: (volume: Volume) => Promise<string | undefined>,
  ): Promise<{ readonly path: string; readonly holds: string } | undefined> {
    this.#leaving = new Set(going.map(({ path }) => path));
    try {
      const kept = await firstHeld(going, holds);
      if (kept) return kept;
      const before = new Map(this.#states.map((state, at) => [this.#places[at], state]));
      this.#states = next.map((place) => before.get(place) ?? unseen(place));
      this.#places = next;
      return undefined;
    } finally {
      this.#leaving = new Set();
    }
  }

  /** Looks at every volume now, and then every 10 s until closed. */
  async start(): Promise<void> {
    await this.look();
    this.#plan();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#patiently([...this.#looking.values()]);
  }

  /** Resolves when all were looked at; one that does not answer soon is failed until it does. */
  async look(): Promise<void> {
    const known = await this.#options.memory.list().catch(() => undefined);
    if (!known || this.#closed) return; // the database does not answer: nothing is decided without it
    const looks = this.#places.map((place) => this.#lookOnce(place, known));
    await this.#patiently(looks);
    for (const place of this.#looking.keys()) this.#silent(place);
    if (!this.#closed) this.#options.onLooked();
  }

  #plan(): void {
    if (this.#closed) return;
    this.#timer = this.#options.clock.after(lookEveryMs, () => {
      void this.look().finally(() => this.#plan());
    });
  }

  async #patiently(work: readonly Promise<void>[]): Promise<void> {
    const enough = Promise.withResolvers<void>();
    const timer = this.#options.clock.after(answerWithinMs, enough.resolve);
    await Promise.race([Promise.all(work), enough.promise]);
    timer.cancel();
  }

  #lookOnce(place: VolumePlace, known: readonly Volume[]): Promise<void> {
    const running = this.#looking.get(place);
    if (running) return running;
    const look = this.#lookAt(place, known)
      .catch((error: unknown) =>
        refused(place, 'failed', `The folder ${place.path} cannot be used: ${errorText(error)}`),
      )
      .then((state) => {
        this.#looking.delete(place);
        this.#put(place, () => state);
      });
    this.#looking.set(place, look);
    return look;
  }

  #silent(place: VolumePlace): void {
    const reason = 'The disk does not answer.';
    this.#put(place, (old) => ({ ...old, state: 'failed', reason }));
  }

  /** Nothing happens when the place was given up meanwhile. */
  #put(place: VolumePlace, now: (old: VolumeStatus) => VolumeStatus): void {
    const index = this.#places.indexOf(place);
    this.#states = this.#states.map((old, at) => (at === index ? this.#changed(old, now(old)) : old));
  }

  #changed(old: VolumeStatus, now: VolumeStatus): VolumeStatus {
    const state = { ...now, id: now.id || old.id };
    const twin = this.#states.some((other) => other !== old && other.id !== '' && other.id === now.id);
    if (twin)
      return { ...state, id: '', state: 'failed', reason: `${now.path} is the same volume as another.` };
    if (old.state !== now.state || old.reason !== now.reason) {
      const fields = { path: now.path, state: now.state, reason: now.reason };
      // At the start that is what everybody expects: no news.
      if (now.state === 'ready' && old.reason === notLookedAt) return state;
      if (now.state === 'ready') this.#options.log.info('A volume is ready again', fields);
      else this.#options.log.error('A volume is not usable', fields);
    }
    return state;
  }

  async #lookAt(place: VolumePlace, known: readonly Volume[]): Promise<VolumeStatus> {
    const { path } = place;
    const knownHere = known.find((volume) => volume.path === path);
    const found = await volumeIdentity(this.#options.disk, path);
    switch (found.kind) {
      case 'no-folder':
        if (place.make && !knownHere) return this.#make(place);
        return refused(place, 'missing', `The folder ${path} is not there. Is the disk mounted?`, knownHere);
      case 'not-ours':
        return refused(place, 'failed', `${join(path, identityFile)} cannot be read: ${found.reason}`);
      case 'none':
        return this.#lookAtUnnamed(place, knownHere);
      case 'is':
        return this.#lookAtNamed(place, found.id, known);
    }
  }

  async #make(place: VolumePlace): Promise<VolumeStatus> {
    await this.#options.disk.makeFolder(place.path);
    return this.#giveIdentity(place);
  }

  async #lookAtUnnamed(place: VolumePlace, knownHere: Volume | undefined): Promise<VolumeStatus> {
    const { path } = place;
    if (knownHere) {
      const reason = `${path} does not carry the identity it had. Is the disk mounted? Nothing is written there.`;
      return refused(place, 'missing', reason, knownHere);
    }
    const entries = await this.#options.disk.readFolder(path);
    if (entries.some(({ name }) => !ignoredNames.has(name))) {
      const reason = `${path} is not empty and is no volume of ours. Name an empty folder.`;
      return refused(place, 'failed', reason);
    }
    return this.#giveIdentity(place);
  }

  async #giveIdentity(place: VolumePlace): Promise<VolumeStatus> {
    const { disk, memory, clock, newId } = this.#options;
    const id = newId();
    const identity = { format: 'sightline-volume', version: 1, id };
    await disk.replaceSmall(join(place.path, identityFile), `${JSON.stringify(identity)}\n`);
    await memory.put({ id, path: place.path, createdMs: clock.nowMs() });
    return this.#measured(place, id);
  }

  async #lookAtNamed(place: VolumePlace, id: string, known: readonly Volume[]): Promise<VolumeStatus> {
    const { disk, memory, clock } = this.#options;
    const before = known.find((volume) => volume.id === id);
    const knownHere = known.find((volume) => volume.path === place.path);
    if (!before && knownHere) {
      const reason = `${place.path} carries another volume than before (${id}). Nothing is written there.`;
      return refused(place, 'missing', reason, knownHere);
    }
    if (!before && !(await this.#holdsNothing(place.path))) {
      const reason =
        `${place.path} holds footage that this database does not know. ` +
        'Run `sightline reindex` to take it over, or name another folder.';
      return refused(place, 'failed', reason);
    }
    if (before?.path !== place.path) await memory.put({ id, path: place.path, createdMs: clock.nowMs() });
    if (this.find(id)?.state === 'failed') await tryWrite(disk, place.path);
    return this.#measured(place, id);
  }

  /** An identity was given and the server died before the database knew. */
  async #holdsNothing(path: string): Promise<boolean> {
    const entries = await this.#options.disk.readFolder(path);
    return entries.every(({ name }) => name === identityFile || ignoredNames.has(name));
  }

  async #measured(place: VolumePlace, id: string): Promise<VolumeStatus> {
    const space = await this.#options.disk.space(place.path);
    const full = space.freeBytes < fullBelowBytes;
    const reason = full ? 'The volume is full.' : '';
    return { id, path: place.path, state: full ? 'full' : 'ready', reason, space };
  }
}

function unseen({ path }: VolumePlace): VolumeStatus {
  return { id: '', path, state: 'missing', reason: notLookedAt, space: noSpace };
}

/** A volume that was never seen holds nothing of ours. */
async function firstHeld(
  volumes: readonly VolumeStatus[],
  holds: (volume: Volume) => Promise<string | undefined>,
): Promise<{ readonly path: string; readonly holds: string } | undefined> {
  for (const volume of volumes) {
    const held = volume.id === '' ? undefined : await holds(volume);
    if (held !== undefined) return { path: volume.path, holds: held };
  }
  return undefined;
}

function refused(
  place: VolumePlace,
  state: 'failed' | 'missing',
  reason: string,
  known?: Volume,
): VolumeStatus {
  return { id: known?.id ?? '', path: place.path, state, reason, space: noSpace };
}

function freeRatio({ space }: VolumeStatus): number {
  return space.totalBytes > 0 ? space.freeBytes / space.totalBytes : 0;
}

/** Rejects when the disk does not take a file. */
async function tryWrite(disk: Disk, path: string): Promise<void> {
  const probe = join(path, probeFile);
  await disk.unlink(probe).catch(() => undefined);
  const file = await disk.create(probe);
  try {
    await writeAll(file, [new Uint8Array(4096)], 0);
    await file.sync();
  } finally {
    await file.close();
    await disk.unlink(probe).catch(() => undefined);
  }
  await disk.syncFolder(path);
}
