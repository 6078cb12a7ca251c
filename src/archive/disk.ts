/**
 * All file work of the archive, behind one small interface, so that tests can let every call fail.
 * What the system refuses rejects with its own error, whose `code` says why (`ENOSPC`, `EIO`, `ENOENT` …).
 */
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rmdir, statfs, unlink } from 'node:fs/promises';
import { writeFileAtomically } from '../io/files.ts';

export interface DiskFile {
  /** Bytes written, perhaps fewer than given. */
  write(parts: readonly Uint8Array[], position: number): Promise<number>;
  /** Bytes read, 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  sizeBytes(): Promise<number>;
  truncate(sizeBytes: number): Promise<void>;
  /** The bytes, and what is needed to read them, survive a power cut. */
  datasync(): Promise<void>;
  /** The file as a whole survives a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Space {
  /** For this user. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface Disk {
  /** Rejects when it exists. */
  create(path: string): Promise<DiskFile>;
  open(path: string, use: 'read' | 'change'): Promise<DiskFile>;
  /** A small file as a whole. */
  readSmall(path: string): Promise<Uint8Array>;
  /** Replaces a small file: it is whole, old or new, whatever happens. */
  replaceSmall(path: string, content: string): Promise<void>;
  /** With those above it. True when something was made. */
  makeFolder(path: string): Promise<boolean>;
  /** Names in it survive a power cut. */
  syncFolder(path: string): Promise<void>;
  readFolder(path: string): Promise<readonly FolderEntry[]>;
  /** Rejects when something is in it. */
  removeFolder(path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  space(path: string): Promise<Space>;
}

export interface FolderEntry {
  readonly name: string;
  readonly folder: boolean;
}

/** Small files are read whole; nothing of ours is longer. */
const maxSmallBytes = 64 * 1024;

/** For its owner and group: backups run as another user. */
const fileMode = 0o640;

export const systemDisk: Disk = {
  create: async (path) => systemFile(await open(path, 'wx+', fileMode)),
  open: async (path, use) => systemFile(await open(path, use === 'read' ? 'r' : 'r+')),
  readSmall: async (path) => {
    const handle = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(maxSmallBytes), 0, maxSmallBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
  replaceSmall: writeFileAtomically,
  makeFolder: async (path) => (await mkdir(path, { recursive: true, mode: 0o750 })) !== undefined,
  syncFolder: async (path) => {
    if (process.platform === 'win32') return; // folders cannot be opened there; NTFS journals names itself
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  readFolder: async (path) => {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, folder: entry.isDirectory() }));
  },
  removeFolder: (path) => rmdir(path),
  unlink: (path) => unlink(path),
  space: async (path) => {
    const found = await statfs(path);
    return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize };
  },
};

function systemFile(handle: FileHandle): DiskFile {
  return {
    write: async (parts, position) => (await handle.writev(parts, position)).bytesWritten,
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    sizeBytes: async () => (await handle.stat()).size,
    truncate: (sizeBytes) => handle.truncate(sizeBytes),
    datasync: () => handle.datasync(),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/** The system's name of an error; empty for anything else. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * For `catch` of a sync. Whatever the reason, a full disk too, it must not be tried again: the system may have dropped
 * what it could not write, and the next sync would succeed without it.
 */
export function syncFailed(error: unknown): never {
  throw new Error(`what was written may be lost: ${errorText(error)}`, { cause: error });
}

/** Writes everything; a short write goes on where it stopped. Rejects when nothing more goes in. */
export async function writeAll(
  file: DiskFile,
  parts: readonly Uint8Array[],
  position: number,
): Promise<number> {
  let left = parts;
  let at = position;
  while (left.length > 0) {
    const written = await file.write(left, at);
    if (written <= 0) throw new Error('the disk took no bytes, and gave no reason');
    at += written;
    left = withoutFirst(left, written);
  }
  return at - position;
}

/** Reads until `into` is full or the file ends. */
export async function readAll(file: DiskFile, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const read = await file.read(into.subarray(done), position + done);
    if (read <= 0) break;
    done += read;
  }
  return done;
}

function withoutFirst(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes;
  const left: Uint8Array[] = [];
  for (const part of parts) {
    if (skip < part.length) left.push(skip > 0 ? part.subarray(skip) : part);
    skip = Math.max(0, skip - part.length);
  }
  return left;
}
