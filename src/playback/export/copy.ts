/**
 * The footage of one camera as MP4 files.
 *
 * In:  a plan. Out: films, one for each stretch of one codec, a list of their fragments, and what could not be had.
 * Promises: one pass over the fragments, a bounded part of them in memory; a recording is held open while it is copied;
 * whatever cannot be read is named, and never leaves a picture that needs it.
 */
import { join } from 'node:path';
import type { Archive, FragmentEntry, RecordingReader } from '../../archive/types.ts';
import { isPlayableTrack } from '../../media/mp4/playable.ts';
import type { Mp4Track } from '../../media/mp4/read.ts';
import { readFragments, readInit } from '../../media/mp4/read.ts';
import type { CopiedFile, ReadFragment } from './copied-movie.ts';
import { CopiedMovie } from './copied-movie.ts';
import type { ChainedRecording } from './fragment-log.ts';
import { FragmentLog } from './fragment-log.ts';
import { readAtOnceBytes } from './limits.ts';
import type { ShownRange } from './movie-line.ts';
import { fragmentsName, movieName } from './names.ts';
import type { CameraPlan, MissingFootage, PlannedRecording } from './plan.ts';

export interface CopyParts {
  readonly archive: Pick<Archive, 'open'>;
  readonly folder: string;
  /** Bytes of media that were written. */
  readonly onWritten: (bytes: number) => void;
  /** Aborted: rejects with its reason. */
  readonly signal: AbortSignal;
}

export interface CopiedCamera {
  readonly files: readonly CopiedFile[];
  readonly recordings: ReadonlyMap<string, ChainedRecording>;
  readonly missing: readonly MissingFootage[];
  readonly fragments: { readonly name: string; readonly bytes: number; readonly sha256: string };
}

/** Rejects with the system's error when files cannot be written. @param base of the files' names */
export async function copyCamera(
  parts: CopyParts,
  plan: CameraPlan,
  range: ShownRange,
  base: string,
): Promise<CopiedCamera> {
  const log = await FragmentLog.create(join(parts.folder, fragmentsName(base)));
  const copy = new CameraCopy(parts, { plan, range, base, log });
  try {
    for (const index of plan.recordings.keys()) await copy.recording(index);
    const films = await copy.finish();
    const recordings = log.recordings();
    const fragments = { name: fragmentsName(base), ...(await log.finish()) };
    return { ...films, recordings, fragments };
  } catch (error) {
    await copy.close();
    await log.close().catch(() => undefined);
    throw error;
  }
}

interface CopyWork {
  readonly plan: CameraPlan;
  readonly range: ShownRange;
  readonly base: string;
  readonly log: FragmentLog;
}

class CameraCopy {
  readonly #parts: CopyParts;
  readonly #work: CopyWork;
  readonly #files: CopiedFile[] = [];
  readonly #missing: MissingFootage[];
  #movie: { readonly film: CopiedMovie; readonly codecId: string } | undefined;
  #movies = 0;
  /** A fragment was left out: what follows needs it, up to the next keyframe. */
  #needsKey = false;

  constructor(parts: CopyParts, work: CopyWork) {
    this.#parts = parts;
    this.#work = work;
    this.#missing = [...work.plan.missing];
  }

  async recording(index: number): Promise<void> {
    this.#parts.signal.throwIfAborted();
    const planned = this.#work.plan.recordings[index];
    if (!planned) return;
    const opened = await this.#parts.archive.open(planned.info.id);
    if (!opened.ok) {
      this.#lack(planned, planned, opened.error.message);
      return;
    }
    try {
      const film = await this.#filmFor(index, planned, opened.value);
      if (film) await this.#copy(film, planned, opened.value);
      else this.#lack(planned, planned, 'It has no track that MP4 can hold.');
    } finally {
      opened.value.close();
    }
  }

  async finish(): Promise<Pick<CopiedCamera, 'files' | 'missing'>> {
    await this.#endFilm();
    return { files: this.#files, missing: this.#missing };
  }

  async close(): Promise<void> {
    await this.#movie?.film.close().catch(() => undefined);
  }

  /** Another codec, another file. */
  async #filmFor(
    index: number,
    planned: PlannedRecording,
    reader: RecordingReader,
  ): Promise<CopiedMovie | undefined> {
    const { codecId } = planned.info;
    if (this.#movie?.codecId === codecId) return this.#movie.film;
    await this.#endFilm();
    const tracks = reader.tracks.filter(isPlayableTrack);
    if (tracks.length === 0) return undefined;
    const { plan, range, base } = this.#work;
    const rest = plan.recordings.slice(index);
    const other = rest.findIndex(({ info }) => info.codecId !== codecId);
    const expected = other < 0 ? rest : rest.slice(0, other);
    this.#movies += 1;
    const name = movieName(base, this.#movies);
    const film = await CopiedMovie.create({ folder: this.#parts.folder, name, tracks, range, expected });
    this.#movie = { film, codecId };
    this.#needsKey = false;
    return film;
  }

  async #endFilm(): Promise<void> {
    const movie = this.#movie;
    const file = await movie?.film.finish(); // when it rejects, `close` still has it
    this.#movie = undefined;
    if (file) this.#files.push(file);
    else if (movie) this.#movies -= 1;
  }

  async #copy(film: CopiedMovie, planned: PlannedRecording, reader: RecordingReader): Promise<void> {
    const described = readInit(reader.init);
    if (!described.ok) {
      this.#lack(planned, planned, `Its head is damaged: ${described.error.reason}.`);
      return;
    }
    const entries = reader.fragments();
    // Pictures that come after the end in the file may be shown before it: one fragment more.
    const end = Math.min(planned.last + 2, entries.length);
    for (let first = planned.first; first < end;) {
      this.#parts.signal.throwIfAborted();
      const last = batchEnd(entries, first, end);
      for (const [at, read] of (await readBatch(reader, first, last)).entries()) {
        const entry = entries[first + at];
        if (entry)
          await this.#take(film, planned, { index: first + at, entry, read, described: described.value });
      }
      first = last + 1;
    }
  }

  async #take(film: CopiedMovie, planned: PlannedRecording, found: Found): Promise<void> {
    const { index, entry, read, described } = found;
    const isBeyond = index > planned.last;
    const fragment = typeof read === 'string' ? read : samplesOf(read, described);
    if (typeof fragment === 'string' || (this.#needsKey && !entry.key)) {
      this.#needsKey = true;
      const reason =
        typeof fragment === 'string' ? fragment : 'It needs pictures that are missing before it.';
      if (!isBeyond) this.#lack(planned, { startMs: entry.startMs, endMs: endOf(entry) }, reason);
      return;
    }
    this.#needsKey = false;
    const line = await film.add({ info: planned.info, index, entry, ...fragment });
    if (!line) return;
    await this.#work.log.add(line);
    this.#parts.onWritten(line.bytes);
  }

  #lack(planned: PlannedRecording, span: { startMs: number; endMs: number }, reason: string): void {
    const { startMs, endMs } = span;
    this.#missing.push({
      recordingId: planned.info.id,
      startMs: Math.round(startMs),
      endMs: Math.round(endMs),
      reason,
    });
  }
}

interface Found {
  readonly index: number;
  readonly entry: FragmentEntry;
  /** Its bytes, or why there are none. */
  readonly read: Uint8Array | string;
  readonly described: readonly Mp4Track[];
}

/** The last of those that one read takes. */
function batchEnd(entries: readonly FragmentEntry[], first: number, end: number): number {
  let bytes = entries[first]?.sizeBytes ?? 0;
  let last = first;
  while (last + 1 < end) {
    bytes += entries[last + 1]?.sizeBytes ?? 0;
    if (bytes > readAtOnceBytes) break;
    last += 1;
  }
  return last;
}

/** In one read; when something is wrong, one by one. */
async function readBatch(
  reader: RecordingReader,
  first: number,
  last: number,
): Promise<readonly (Uint8Array | string)[]> {
  const together = await reader.read(first, last);
  if (together.ok) return together.value;
  const found: (Uint8Array | string)[] = [];
  for (let index = first; index <= last; index += 1) {
    const read = await reader.read(index, index);
    found.push(read.ok ? (read.value[0] ?? '') : read.error.message);
  }
  return found;
}

/** Whether the bytes are one whole fragment; why not. */
function samplesOf(
  bytes: Uint8Array,
  described: readonly Mp4Track[],
): Pick<ReadFragment, 'bytes' | 'samples'> | string {
  const { fragments, fault } = readFragments(bytes, described);
  const [fragment] = fragments;
  if (fault) return `It is damaged: ${fault.reason}.`;
  return fragment && fragments.length === 1
    ? { bytes, samples: fragment.samples }
    : 'It is no whole fragment.';
}

function endOf({ startMs, durationMs }: FragmentEntry): number {
  return startMs + durationMs;
}
