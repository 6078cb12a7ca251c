/**
 * For tests: a disk in memory that remembers what of it is durable, can crash, can lose its power, and fails any call
 * as it is told to. Stricter than real ones: nothing is durable that was not synced, not even a name.
 */
import { posix } from 'node:path';
import type { Disk, DiskFile, FolderEntry } from './disk.ts';

export interface DiskCall {
  readonly kind:
    | 'create'
    | 'open'
    | 'read'
    | 'write'
    | 'truncate'
    | 'datasync'
    | 'sync'
    | 'syncFolder'
    | 'makeFolder'
    | 'removeFolder'
    | 'readFolder'
    | 'readSmall'
    | 'replaceSmall'
    | 'unlink'
    | 'space';
  readonly path: string;
}

/** What happens to a call instead of success. */
export type DiskTrouble =
  | { readonly kind: 'error'; readonly code: string }
  /** A write takes only so many bytes. */
  | { readonly kind: 'short'; readonly bytes: number }
  /** The call waits for this. */
  | { readonly kind: 'slow'; readonly until: Promise<void> };

/** Asked before each call. */
export type Meddler = (call: DiskCall) => DiskTrouble | undefined;

interface StoredFile {
  bytes: Uint8Array;
  /** What a power cut leaves; undefined before the first sync. */
  durable: Uint8Array | undefined;
  /** Bytes that a failed sync dropped without writing them: later syncs do not bring them back. */
  lost: { readonly from: number; readonly to: number }[];
  /** On a disk that is not mounted. */
  away: boolean;
}

type Node = StoredFile | 'folder';

const none: Meddler = () => undefined;

export class MemoryDisk implements Disk {
  meddle: Meddler = none;
  /** Files of a volume take no more than this together. */
  capacityBytes = Infinity;
  #nodes = new Map<string, Node>();
  #durable = new Map<string, Node>();
  /** Handles of a machine that died do nothing. */
  #life = 0;
  /** What is on disks that are not mounted, by their folders. */
  readonly #away = new Map<
    string,
    { readonly nodes: Map<string, Node>; readonly durable: Map<string, Node> }
  >();

  /** @param folders exist, durably */
  constructor(folders: readonly string[]) {
    for (const folder of folders) {
      for (let at = folder; at !== '/'; at = posix.dirname(at)) {
        this.#nodes.set(at, 'folder');
        this.#durable.set(at, 'folder');
      }
    }
  }

  /**
   * The power goes. What was synced stays; what was not stays or goes as `chance` (0 to 1) says. Open files are gone, and
   * calls that are under way never end.
   */
  crash(chance: () => number): void {
    this.#life += 1;
    const before = this.#nodes;
    this.#nodes = new Map();
    for (const path of [...new Set([...before.keys(), ...this.#durable.keys()])].sort()) {
      const node = survivor(before.get(path), this.#durable.get(path), chance);
      const parent = this.#nodes.get(posix.dirname(path));
      if (node && (parent === 'folder' || posix.dirname(path) === '/')) this.#nodes.set(path, node);
    }
    this.#durable = new Map(this.#nodes);
    this.meddle = none;
  }

  /** The process dies, the machine does not: what was written stays. */
  kill(): void {
    this.#life += 1;
    this.meddle = none;
  }

  /** The disk as a process sees it: when that has died, its calls never end. */
  forProcess(): Disk {
    const life = this.#life;
    const alive = <T>(call: () => Promise<T>): Promise<T> =>
      life === this.#life ? call() : new Promise(() => undefined);
    return {
      create: (path) => alive(() => this.create(path)),
      open: (path) => alive(() => this.open(path)),
      readSmall: (path) => alive(() => this.readSmall(path)),
      replaceSmall: (path, content) => alive(() => this.replaceSmall(path, content)),
      makeFolder: (path) => alive(() => this.makeFolder(path)),
      syncFolder: (path) => alive(() => this.syncFolder(path)),
      readFolder: (path) => alive(() => this.readFolder(path)),
      removeFolder: (path) => alive(() => this.removeFolder(path)),
      unlink: (path) => alive(() => this.unlink(path)),
      space: (path) => alive(() => this.space(path)),
    };
  }

  /** The disk behind this folder is not mounted: the folder is empty, takes files, and open ones fail. */
  unmount(folder: string): void {
    if (this.#away.has(folder)) return;
    const nodes = takeBelow(this.#nodes, folder);
    this.#away.set(folder, { nodes, durable: takeBelow(this.#durable, folder) });
    for (const node of nodes.values()) if (node !== 'folder') node.away = true;
  }

  /** It is there again; what was put into the empty folder is hidden by it. */
  mount(folder: string): void {
    const back = this.#away.get(folder);
    if (!back) return;
    this.#away.delete(folder);
    takeBelow(this.#nodes, folder);
    takeBelow(this.#durable, folder);
    for (const [path, node] of back.nodes) this.#nodes.set(path, node);
    for (const [path, node] of back.durable) this.#durable.set(path, node);
    for (const node of back.nodes.values()) if (node !== 'folder') node.away = false;
  }

  /** Paths of all files below a folder. */
  files(below: string): readonly string[] {
    const inside = [...this.#nodes].filter(
      ([path, node]) => path.startsWith(`${below}/`) && node !== 'folder',
    );
    return inside.map(([path]) => path).sort();
  }

  /** As it is now; undefined when there is none. */
  content(path: string): Uint8Array | undefined {
    const node = this.#nodes.get(path);
    return node === undefined || node === 'folder' ? undefined : node.bytes;
  }

  /** What a power cut now would certainly leave of a file; undefined when its name or its bytes may be lost. */
  durableContent(path: string): Uint8Array | undefined {
    for (let at = path; at !== '/'; at = posix.dirname(at)) if (!this.#durable.has(at)) return undefined;
    const node = this.#durable.get(path);
    return node === undefined || node === 'folder' || node !== this.#nodes.get(path)
      ? undefined
      : node.durable;
  }

  /** Something else than the archive changes a stored byte. */
  flip(path: string, offset: number): void {
    const bytes = this.content(path);
    if (bytes) bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  }

  async create(path: string): Promise<DiskFile> {
    await this.#enter({ kind: 'create', path });
    if (this.#nodes.has(path)) throw failure('EEXIST', path);
    this.#needFolder(path);
    const file: StoredFile = { bytes: new Uint8Array(0), durable: undefined, lost: [], away: false };
    this.#nodes.set(path, file);
    return this.#handle(path, file);
  }

  async open(path: string): Promise<DiskFile> {
    await this.#enter({ kind: 'open', path });
    return this.#handle(path, this.#file(path));
  }

  async readSmall(path: string): Promise<Uint8Array> {
    await this.#enter({ kind: 'readSmall', path });
    return this.#file(path).bytes.slice();
  }

  async replaceSmall(path: string, content: string): Promise<void> {
    await this.#enter({ kind: 'replaceSmall', path });
    this.#needFolder(path);
    const bytes = new TextEncoder().encode(content);
    const file: StoredFile = { bytes, durable: bytes.slice(), lost: [], away: false };
    this.#nodes.set(path, file);
    this.#durable.set(path, file);
  }

  async makeFolder(path: string): Promise<boolean> {
    await this.#enter({ kind: 'makeFolder', path });
    if (this.#nodes.has(path)) return false;
    for (let at = path; at !== '/' && !this.#nodes.has(at); at = posix.dirname(at))
      this.#nodes.set(at, 'folder');
    return true;
  }

  async syncFolder(path: string): Promise<void> {
    await this.#enter({ kind: 'syncFolder', path });
    if (this.#nodes.get(path) !== 'folder') throw failure('ENOENT', path);
    for (const known of this.#durable.keys()) {
      if (posix.dirname(known) === path && !this.#nodes.has(known)) this.#durable.delete(known);
    }
    for (const [known, node] of this.#nodes)
      if (posix.dirname(known) === path) this.#durable.set(known, node);
  }

  async readFolder(path: string): Promise<readonly FolderEntry[]> {
    await this.#enter({ kind: 'readFolder', path });
    if (this.#nodes.get(path) !== 'folder') throw failure('ENOENT', path);
    return this.#entries(path);
  }

  async removeFolder(path: string): Promise<void> {
    await this.#enter({ kind: 'removeFolder', path });
    if (this.#nodes.get(path) !== 'folder') throw failure('ENOENT', path);
    if (this.#entries(path).length > 0) throw failure('ENOTEMPTY', path);
    this.#nodes.delete(path);
  }

  async unlink(path: string): Promise<void> {
    await this.#enter({ kind: 'unlink', path });
    this.#file(path);
    this.#nodes.delete(path);
  }

  async space(path: string): Promise<{ readonly freeBytes: number; readonly totalBytes: number }> {
    await this.#enter({ kind: 'space', path });
    const totalBytes = Math.min(this.capacityBytes, 1e12);
    return { totalBytes, freeBytes: Math.max(0, totalBytes - this.#usedBytes()) };
  }

  #handle(path: string, file: StoredFile): DiskFile {
    const open = { path, life: this.#life };
    const enter = async (kind: DiskCall['kind']): Promise<DiskTrouble | undefined> => {
      if (open.life !== this.#life) return new Promise(() => undefined);
      if (file.away) throw failure('EIO', path);
      return this.#ask({ kind, path });
    };
    const sync = async (kind: 'sync' | 'datasync'): Promise<void> => {
      await enter(kind).catch((error: unknown) => {
        file.lost.push({ from: file.durable?.length ?? 0, to: file.bytes.length });
        throw error;
      });
      file.durable = withoutLost(file);
    };
    return {
      write: async (parts, position) => this.#write(file, parts, position, await enter('write')),
      read: async (into, position) => {
        await enter('read');
        const found = file.bytes.subarray(position, position + into.length);
        into.set(found);
        return found.length;
      },
      sizeBytes: async () => file.bytes.length,
      truncate: async (sizeBytes) => {
        await enter('truncate');
        file.bytes = resized(file.bytes, sizeBytes);
        forgetLost(file, sizeBytes, Infinity);
      },
      datasync: () => sync('datasync'),
      sync: () => sync('sync'),
      close: () => Promise.resolve(),
    };
  }

  #write(
    file: StoredFile,
    parts: readonly Uint8Array[],
    position: number,
    trouble: DiskTrouble | undefined,
  ): number {
    const all = Buffer.concat(parts);
    const grows = Math.max(0, position + all.length - file.bytes.length);
    const room = this.capacityBytes - this.#usedBytes();
    const most = trouble?.kind === 'short' ? trouble.bytes : all.length;
    const taken = Math.min(most, grows > room ? all.length - (grows - room) : all.length);
    if (taken <= 0 && all.length > 0 && most > 0) throw failure('ENOSPC', 'a file');
    const bytes = all.subarray(0, Math.max(0, taken));
    if (position + bytes.length > file.bytes.length)
      file.bytes = resized(file.bytes, position + bytes.length);
    file.bytes.set(bytes, position);
    forgetLost(file, position, position + bytes.length);
    return bytes.length;
  }

  async #enter(call: DiskCall): Promise<void> {
    const life = this.#life;
    await this.#ask(call);
    if (life !== this.#life) await new Promise(() => undefined);
  }

  async #ask(call: DiskCall): Promise<DiskTrouble | undefined> {
    const life = this.#life;
    const trouble = this.meddle(call);
    await Promise.resolve();
    if (trouble?.kind === 'slow') await trouble.until;
    if (life !== this.#life) await new Promise(() => undefined);
    if (trouble?.kind === 'error') throw failure(trouble.code, call.path);
    return trouble;
  }

  #entries(folder: string): readonly FolderEntry[] {
    const inside = [...this.#nodes].filter(([path]) => posix.dirname(path) === folder);
    return inside.map(([path, node]) => ({ name: posix.basename(path), folder: node === 'folder' }));
  }

  #needFolder(path: string): void {
    if (this.#nodes.get(posix.dirname(path)) !== 'folder') throw failure('ENOENT', path);
  }

  #file(path: string): StoredFile {
    const node = this.#nodes.get(path);
    if (node === undefined || node === 'folder') throw failure('ENOENT', path);
    return node;
  }

  #usedBytes(): number {
    let bytes = 0;
    for (const node of this.#nodes.values()) if (node !== 'folder') bytes += node.bytes.length;
    return bytes;
  }
}

function takeBelow(nodes: Map<string, Node>, folder: string): Map<string, Node> {
  const taken = new Map([...nodes].filter(([path]) => path.startsWith(`${folder}/`)));
  for (const path of taken.keys()) nodes.delete(path);
  return taken;
}

/** What a name points to after the power was cut. */
function survivor(now: Node | undefined, synced: Node | undefined, chance: () => number): Node | undefined {
  const node = now === synced || chance() < 0.5 ? synced : now;
  if (node === undefined || node === 'folder') return node;
  const durable = node.durable ?? new Uint8Array(0);
  // What was written since may have reached the disk in part, and in any order.
  const reached = Math.floor(chance() * (node.bytes.length + 1));
  const bytes = chance() < 0.5 ? durable.slice() : resized(withoutLost(node), reached);
  const kept = bytes.length >= durable.length ? overlaid(bytes, durable) : durable.slice();
  if (kept.length > durable.length && chance() < 0.3) kept[kept.length - 1] = 0;
  return { bytes: kept, durable: kept.slice(), lost: [], away: false };
}

/** A file that was cut shorter and synced has no more than it then had. */
function overlaid(bytes: Uint8Array, durable: Uint8Array): Uint8Array {
  const mixed = bytes.slice();
  mixed.set(durable);
  return mixed;
}

function withoutLost(file: StoredFile): Uint8Array {
  const bytes = file.bytes.slice();
  for (const { from, to } of file.lost) bytes.fill(0, from, to);
  return bytes;
}

function forgetLost(file: StoredFile, from: number, to: number): void {
  file.lost = file.lost.flatMap((lost) => [
    ...(lost.from < from ? [{ from: lost.from, to: Math.min(lost.to, from) }] : []),
    ...(lost.to > to ? [{ from: Math.max(lost.from, to), to: lost.to }] : []),
  ]);
}

function resized(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  const other = new Uint8Array(sizeBytes);
  other.set(bytes.subarray(0, sizeBytes));
  return other;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
