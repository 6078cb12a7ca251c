/**
 * One film of an export as it is being made: fragments in, an MP4 file out.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes } from '../../archive/bytes.ts';
import type { FragmentEntry, RecordingInfo } from '../../archive/types.ts';
import { unixMs } from '../../base/units.ts';
import type { MovieSize } from '../../media/mp4/movie.ts';
import { moviePieces, movieRoomBytes } from '../../media/mp4/movie.ts';
import type { PlayableConfig, PlayableTrack } from '../../media/mp4/playable.ts';
import type { Mp4Sample } from '../../media/mp4/read.ts';
import { isVideo } from '../../media/track.ts';
import type { FragmentLine } from './fragment-log.ts';
import { MovieFile } from './movie-file.ts';
import type { ShownRange, TimePoint } from './movie-line.ts';
import { MovieLine } from './movie-line.ts';
import type { PlannedRecording } from './plan.ts';

export interface CopiedFile {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly durationMs: number;
  readonly times: readonly TimePoint[];
}

/** A fragment that was read. */
export interface ReadFragment {
  readonly info: RecordingInfo;
  readonly index: number;
  readonly entry: FragmentEntry;
  readonly bytes: Uint8Array;
  readonly samples: readonly Mp4Sample[];
}

export interface MovieStart {
  readonly folder: string;
  readonly name: string;
  readonly tracks: readonly PlayableTrack[];
  readonly range: ShownRange;
  /** What will come; more may. */
  readonly expected: readonly PlannedRecording[];
}

export class CopiedMovie {
  readonly #folder: string;
  readonly name: string;
  readonly #file: MovieFile;
  readonly #line: MovieLine;

  private constructor(start: MovieStart, file: MovieFile) {
    this.#folder = start.folder;
    this.name = start.name;
    this.#file = file;
    this.#line = new MovieLine(start.tracks, start.range);
  }

  static async create(start: MovieStart): Promise<CopiedMovie> {
    const room = movieRoomBytes(start.tracks.map((track) => sizeOf(track, start.expected)));
    return new CopiedMovie(start, await MovieFile.create(join(start.folder, start.name), room));
  }

  /** Undefined when nothing of it is within the range. */
  async add({ info, index, entry, bytes, samples }: ReadFragment): Promise<FragmentLine | undefined> {
    const wanted = this.#line.wanted(samples, info.mediaOffsetMs);
    if (wanted.length === 0) return undefined;
    const offset = this.#file.endBytes;
    const parts = partsOf(bytes, wanted);
    const media = parts.length === 1 && parts[0] ? parts[0] : concatBytes(parts);
    const { id: recordingId, mediaOffsetMs } = info;
    this.#line.place({ samples: wanted, offsetBytes: offset, recordingId, mediaOffsetMs });
    const [archived, own] = await Promise.all([sha256(bytes), sha256(media), this.#file.append([media])]);
    return {
      recording: info.id,
      fragment: index,
      startMs: Math.round(entry.startMs),
      durationMs: entry.durationMs,
      archived,
      file: this.name,
      offset,
      bytes: media.length,
      media: own,
    };
  }

  /** Undefined when nothing would be shown: then there is no file. */
  async finish(): Promise<CopiedFile | undefined> {
    const finished = this.#line.finish();
    if (!finished) {
      await this.#file.close();
      await rm(join(this.#folder, this.name));
      return undefined;
    }
    const { tracks, ...rest } = finished;
    await this.#file.finish(moviePieces(tracks, unixMs(finished.startMs)));
    return { name: this.name, ...rest };
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Runs of bytes that lie together. */
function partsOf(bytes: Uint8Array, samples: readonly Mp4Sample[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let [from, to] = [0, 0];
  for (const { offset, sizeBytes } of samples) {
    if (offset !== to) {
      if (to > from) parts.push(bytes.subarray(from, to));
      from = offset;
    }
    to = offset + sizeBytes;
  }
  if (to > from) parts.push(bytes.subarray(from, to));
  return parts;
}

/** In another thread: a fragment may have many megabytes. Hex. */
async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
}

function sizeOf(track: PlayableTrack, expected: readonly PlannedRecording[]): MovieSize {
  let [frames, chunks, seconds] = [0, 0, 0];
  for (const planned of expected) {
    frames += planned.frames;
    chunks += planned.last - planned.first + 2; // one more is looked at
    seconds += (planned.endMs - planned.startMs) / 1000;
  }
  const isLead = isVideo(track.codec);
  const samples = isLead ? frames : Math.ceil(seconds * soundUnitsPerSecond(track.codec));
  const spare = Math.ceil(samples / 50) + 200;
  return { track, samples: samples + spare, chunks };
}

function soundUnitsPerSecond(codec: PlayableConfig): number {
  const aacSamples = 1024;
  return codec.kind === 'aac' ? codec.sampleRateHz / aacSamples : 50; // Opus: 20 ms each, nearly always
}
