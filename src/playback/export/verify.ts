/**
 * Checks an export without the server that made it: signature, files, and every fragment in them.
 *
 * In:  the folder or its manifest, and the public key that is expected. Out: what was changed, in plain words with file,
 * time and bytes. Files may be anything; memory is bounded by the list of fragments (some 30 MB for a day of a camera).
 */
import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hashFile } from './hash-file.ts';
import type { FragmentLine } from './fragment-log.ts';
import { FragmentChain, fragmentLineSchema } from './fragment-log.ts';
import type { Manifest, ManifestCamera, ManifestFilm } from './manifest.ts';
import { readManifest } from './manifest.ts';
import { manifestName } from './names.ts';

export interface ExportVerdict {
  /** Undefined when there is none that can be read. */
  readonly manifest: Manifest | undefined;
  /** What is wrong; nothing when the export is as it was signed. */
  readonly findings: readonly string[];
  /** What is worth knowing, and no fault. */
  readonly notes: readonly string[];
}

/** 32 cameras with a day each have some 30 MB. */
const maxManifestBytes = 256 * 1024 * 1024;
const maxLineChars = 4096;
/** A day of one camera has 86 400, unless its keyframes are very dense. */
const maxLines = 2_000_000;
/** More are counted. */
const maxFindingsOfFile = 50;

/** Never rejects for what a file holds. @param key `ed25519:…`, when the signer is known */
export async function verifyExport(path: string, key: string | undefined): Promise<ExportVerdict> {
  const place = await placeOf(path);
  const text = place && (await readText(place.manifest));
  if (!place || text === undefined) return unreadable(`There is no manifest that can be read at ${path}.`);
  const read = readManifest(text);
  if (!read) return unreadable(`${place.manifest} is no manifest of an export, or is damaged.`);
  const { manifest, isSigned } = read;
  const findings: string[] = [];
  if (!isSigned) findings.push(`${manifestName} was changed after it was signed.`);
  if (key !== undefined && key !== manifest.publicKey)
    findings.push(`It is signed by another key than expected: ${manifest.publicKey}.`);
  for (const camera of manifest.cameras) findings.push(...(await checkCamera(place.folder, camera)));
  const notes = await unnamedFiles(place.folder, manifest);
  if (key === undefined) notes.push(unpinned(manifest.publicKey));
  return { manifest, findings, notes };
}

function unpinned(publicKey: string): string {
  return (
    `The signer was not checked: whoever changes an export can sign it anew. Its key is ${publicKey}; ` +
    'compare it with the one that the server shows, or give that one with --key.'
  );
}

function unreadable(finding: string): ExportVerdict {
  return { manifest: undefined, findings: [finding], notes: [] };
}

async function placeOf(path: string): Promise<{ folder: string; manifest: string } | undefined> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    return isFolder
      ? { folder: path, manifest: join(path, manifestName) }
      : { folder: dirname(path), manifest: path };
  } catch {
    return undefined;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      return (await file.stat()).size > maxManifestBytes ? undefined : await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

async function checkCamera(folder: string, camera: ManifestCamera): Promise<readonly string[]> {
  const list = await readList(folder, camera);
  const findings = [...list.findings];
  for (const film of camera.files) findings.push(...(await checkFilm(folder, film, list)));
  return findings;
}

interface FragmentList {
  readonly findings: readonly string[];
  readonly isSound: boolean;
  readonly byFile: ReadonlyMap<string, readonly FragmentLine[]>;
}

async function readList(folder: string, { fragments, recordings }: ManifestCamera): Promise<FragmentList> {
  const { name, sha256 } = fragments;
  const lines: FragmentLine[] = [];
  const chain = new FragmentChain();
  const reader = new LineReader((text) => {
    const line = parseLine(text);
    if (!line) return;
    lines.push(line);
    chain.add(line);
  });
  const found = await tryHash(join(folder, name), (piece) => reader.push(piece));
  const byFile = Map.groupBy(lines, ({ file }) => file);
  if (found === undefined)
    return { findings: [`${name} is missing: single fragments cannot be checked.`], isSound: false, byFile };
  if (found === sha256) return { findings: [], isSound: true, byFile };
  const findings = [`${name}, the list of fragments, was changed.`];
  const own = chain.recordings();
  for (const { id, chain: expected } of recordings) {
    if (own.get(id)?.chain !== expected)
      findings.push(`${name}: the lines of ${id} are not those that were signed.`);
  }
  return { findings: shortened(findings), isSound: false, byFile };
}

async function checkFilm(folder: string, film: ManifestFilm, list: FragmentList): Promise<readonly string[]> {
  const lines = list.byFile.get(film.name) ?? [];
  const hashes = new RangeHashes(lines);
  let bytes = 0;
  const found = await tryHash(join(folder, film.name), (piece, offset) => {
    hashes.push(piece, offset);
    bytes = offset + piece.length;
  });
  if (found === undefined) return [`${film.name} is missing.`];
  const changed = hashes.changed();
  if (found === film.sha256 && changed.length === 0) return [];
  if (found === film.sha256) {
    // The list says something else than the film, which is as it was signed.
    return list.isSound ? [`${film.name} is not what its list of fragments says.`] : [];
  }
  const findings: string[] = [];
  if (bytes < film.bytes) findings.push(cutOff(film, bytes, lines));
  if (bytes > film.bytes) findings.push(`${film.name}: ${bytes - film.bytes} bytes were added.`);
  for (const line of changed) {
    if (line.offset + line.bytes <= bytes) findings.push(`${film.name}: ${describe(line)} was changed.`);
  }
  if (findings.length === 0) {
    const why = list.isSound ? ', but none of its pictures and sounds: its index was' : '';
    findings.push(`${film.name} was changed${why}.`);
  }
  return shortened(findings);
}

function cutOff(film: ManifestFilm, bytes: number, lines: readonly FragmentLine[]): string {
  const lost = lines.find(({ offset, bytes: own }) => offset + own > bytes);
  const since = lost ? `: what was captured from ${iso(lost.startMs)} on is missing` : '';
  return `${film.name} is cut off after ${bytes} of ${film.bytes} bytes${since}.`;
}

function describe({ recording, fragment, startMs, durationMs, offset, bytes }: FragmentLine): string {
  const span = `${iso(startMs)} to ${iso(startMs + durationMs)}`;
  return `${span} (fragment ${fragment} of ${recording}, bytes ${offset} to ${offset + bytes - 1})`;
}

function iso(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'an impossible time' : date.toISOString();
}

function shortened(findings: readonly string[]): readonly string[] {
  if (findings.length <= maxFindingsOfFile) return findings;
  const more = findings.length - maxFindingsOfFile;
  return [...findings.slice(0, maxFindingsOfFile), `… and ${more} more places in the same file.`];
}

/** Undefined when the file is not there or cannot be read. */
async function tryHash(
  path: string,
  onPiece: (piece: Uint8Array, offset: number) => void,
): Promise<string | undefined> {
  try {
    return await hashFile(path, undefined, onPiece);
  } catch {
    return undefined;
  }
}

function parseLine(text: string): FragmentLine | undefined {
  try {
    const checked = fragmentLineSchema.safeParse(JSON.parse(text));
    return checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}

/** Films that lie there and that nobody signed. */
async function unnamedFiles(folder: string, { cameras }: Manifest): Promise<string[]> {
  const named = new Set(cameras.flatMap((one) => [one.fragments.name, ...one.files.map(({ name }) => name)]));
  const there = await readdir(folder).catch((): string[] => []);
  const others = there.filter((name) => name.endsWith('.mp4') && !named.has(name));
  return others.map((name) => `${basename(name)} is not part of this export.`);
}

/** Text in pieces as lines; those that are too long are left out. */
class LineReader {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #lines = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(piece: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(piece, { stream: true })).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, maxLineChars);
    for (const line of lines) {
      if (line.length > maxLineChars || this.#lines >= maxLines) continue;
      this.#lines += 1;
      this.#onLine(line);
    }
  }
}

/** Hashes of ranges of a file that is read once. */
class RangeHashes {
  readonly #lines: readonly FragmentLine[];
  readonly #changed: FragmentLine[] = [];
  #next = 0;
  #hash = createHash('sha256');

  constructor(lines: readonly FragmentLine[]) {
    this.#lines = [...lines].sort((a, b) => a.offset - b.offset);
  }

  push(piece: Uint8Array, offset: number): void {
    const end = offset + piece.length;
    for (let line = this.#lines[this.#next]; line && line.offset < end; line = this.#lines[this.#next]) {
      const lineEnd = line.offset + line.bytes;
      this.#hash.update(piece.subarray(Math.max(0, line.offset - offset), Math.max(0, lineEnd - offset)));
      if (lineEnd > end) return;
      if (this.#hash.digest('hex') !== line.media) this.#changed.push(line);
      this.#hash = createHash('sha256');
      this.#next += 1;
    }
  }

  /** Those whose bytes are others, and those that are not all there. */
  changed(): readonly FragmentLine[] {
    return [...this.#changed, ...this.#lines.slice(this.#next)];
  }
}
