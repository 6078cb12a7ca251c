/**
 * An opened media file: its best video and its best audio track that we can carry, read in one order, round and round.
 *
 * In: the path of an MP4, MOV, MKV, WebM or MPEG-TS file. Out: units of all tracks by decoding time; at the end it begins
 * again with times that go on. The library that takes the container apart may fail on damaged files in any way; that
 * arrives as a rejected promise and is turned into words by the caller.
 */
import type { InputTrack } from 'mediabunny';
import { FilePathSource, Input, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } from 'mediabunny';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { hertz } from '../../base/units.ts';
import { parseAudioSpecificConfig } from '../../media/codec/aac/config.ts';
import { parseAvcC } from '../../media/codec/h264/config.ts';
import { parseHvcC } from '../../media/codec/h265/config.ts';
import type { CodecConfig, Track } from '../../media/track.ts';
import type { Payload } from './payload.ts';
import { adts, byteStream, lengthPrefixed, whole } from './payload.ts';
import type { FileUnit } from './track-reader.ts';
import { TrackReader } from './track-reader.ts';

/** Of the file's bytes kept by the library. */
const maxCacheBytes = 4 * 1024 * 1024;
/** A file that ends sooner would make us go round without rest. */
const shortestLoopSeconds = 0.04;

export interface TrackUnit {
  readonly track: number;
  readonly unit: FileUnit;
}

interface Lane {
  readonly reader: TrackReader;
  track: Track;
  /** Read but not handed out: the unit that is compared with the other tracks. */
  ahead: FileUnit | undefined;
}

export class MediaFile {
  readonly #input: Input;
  readonly #lanes: Lane[] = [];
  #shift = 0;
  #start: number | undefined;

  private constructor(input: Input) {
    this.#input = input;
  }

  /** The error says for people why it cannot be played. Rejects when the file is damaged in a way the library dislikes. */
  static async open(path: string): Promise<Result<MediaFile, string>> {
    const source = new FilePathSource(path, {
      maxCacheSize: maxCacheBytes,
      handleUnhandledError: () => undefined,
    });
    const file = new MediaFile(new Input({ source, formats: [MP4, QTFF, MATROSKA, WEBM, MPEG_TS] }));
    try {
      const opened = await file.#begin();
      if (!opened.ok) file.close();
      return opened.ok ? ok(file) : opened;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get tracks(): readonly Track[] {
    return this.#lanes.map((lane) => lane.track);
  }

  get damaged(): number {
    return this.#lanes.reduce((sum, { reader }) => sum + reader.damaged, 0);
  }

  /** The next unit of any track. The error says why the file cannot go on. */
  async next(): Promise<Result<TrackUnit, string>> {
    let lane = this.#earliest();
    if (!lane) {
      if (!(await this.#rewind()))
        return err('The file is too short to be played, or has nothing to decode.');
      lane = this.#earliest();
    }
    const unit = lane?.ahead;
    if (!lane || !unit) return err('The file has nothing to decode.');
    if (unit.config) lane.track = { ...lane.track, codec: unit.config };
    lane.ahead = await lane.reader.next();
    return ok({ track: lane.track.id, unit });
  }

  close(): void {
    this.#input.dispose();
  }

  async #begin(): Promise<Result<undefined, string>> {
    if (!(await this.#input.canRead()))
      return err('The file is not MP4, MKV, WebM or MPEG-TS, or it is damaged.');
    const tracks = [await this.#input.getPrimaryVideoTrack(), await this.#input.getPrimaryAudioTrack()];
    for (const track of tracks) {
      if (track) await this.#addLane(track);
    }
    if (this.#lanes.length === 0)
      return err('The file has no H.264, H.265, AAC or Opus track that can be played.');
    this.#start = Math.min(...this.#lanes.map((lane) => lane.ahead?.pts ?? 0));
    return ok(undefined);
  }

  /** Tracks that we cannot carry, or that are empty, are left out. */
  async #addLane(input: InputTrack): Promise<void> {
    const way = await wayToRead(input);
    if (!way) return;
    const reorderFrames = way.codec && 'reorderFrames' in way.codec ? way.codec.reorderFrames : 0;
    let reader = new TrackReader(input, way.payload(), reorderFrames);
    let ahead = await reader.next();
    const codec = way.codec ?? ahead?.config;
    if (!ahead || !codec) return;
    if ('reorderFrames' in codec && codec.reorderFrames !== reorderFrames) {
      reader = new TrackReader(input, way.payload(), codec.reorderFrames);
      ahead = await reader.next();
    }
    if (ahead) ahead = { ...ahead, config: undefined }; // announced with the track
    this.#lanes.push({ reader, ahead, track: { id: this.#lanes.length, clockHz: clockOf(codec), codec } });
  }

  #earliest(): Lane | undefined {
    let earliest: Lane | undefined;
    for (const lane of this.#lanes) {
      if (lane.ahead && lane.ahead.dts < (earliest?.ahead?.dts ?? Infinity)) earliest = lane;
    }
    return earliest;
  }

  /** False when the file is over before it has begun. */
  async #rewind(): Promise<boolean> {
    const end = Math.max(...this.#lanes.map((lane) => lane.reader.end));
    const length = end - (this.#start ?? 0);
    if (!Number.isFinite(length) || length < shortestLoopSeconds) return false;
    this.#shift += length;
    for (const lane of this.#lanes) {
      lane.reader.rewind(this.#shift);
      lane.ahead = await lane.reader.next();
    }
    return true;
  }
}

interface WayToRead {
  /** Undefined when it stands in the packets. */
  readonly codec: CodecConfig | undefined;
  readonly payload: () => Payload;
}

async function wayToRead(track: InputTrack): Promise<WayToRead | undefined> {
  const name = await track.getCodec();
  const description = await descriptionOf(track);
  if (name === 'avc') {
    return description ? wayFromBox('h264', parseAvcC(description)) : inBand(() => byteStream('h264'));
  }
  if (name === 'hevc') {
    return description ? wayFromBox('h265', parseHvcC(description)) : inBand(() => byteStream('h265'));
  }
  if (name === 'aac') return description ? aacWay(description) : inBand(adts);
  return name === 'opus' ? { codec: await opusConfig(track), payload: whole } : undefined;
}

function wayFromBox(
  kind: 'h264' | 'h265',
  parsed: Result<{ config: CodecConfig; lengthBytes: 1 | 2 | 4 }, string>,
): WayToRead | undefined {
  if (!parsed.ok) return undefined;
  const { config, lengthBytes } = parsed.value;
  return { codec: config, payload: () => lengthPrefixed(kind, lengthBytes) };
}

function inBand(payload: () => Payload): WayToRead {
  return { codec: undefined, payload };
}

function aacWay(description: Uint8Array): WayToRead | undefined {
  const parsed = parseAudioSpecificConfig(description.slice());
  return parsed.ok ? { codec: parsed.value.config, payload: whole } : undefined;
}

async function opusConfig(track: InputTrack): Promise<CodecConfig> {
  const channels = track.isAudioTrack() ? await track.getNumberOfChannels() : 2;
  return { kind: 'opus', channels, codecString: 'opus' };
}

async function descriptionOf(track: InputTrack): Promise<Uint8Array | undefined> {
  if (!track.isVideoTrack() && !track.isAudioTrack()) return undefined;
  const description = (await track.getDecoderConfig())?.description;
  if (!description) return undefined;
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
}

/** RFC 3551, 4 and RFC 7587, 4.1 */
function clockOf(codec: CodecConfig): Track['clockHz'] {
  if (codec.kind === 'aac') return hertz(codec.sampleRateHz);
  return hertz(codec.kind === 'opus' ? 48_000 : 90_000);
}
