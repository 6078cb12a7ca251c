/**
 * One stream for all who watch it over RTSP: packets are made once, and everybody is given the same buffers.
 *
 * In:  tracks and units from the hub. Out: chunks and reports to readers, and what a new reader is given first.
 * When the tracks change in a way that a session description cannot follow, readers are ended and come again.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { ok } from '../../base/result.ts';
import type { AttachRefusal, Attachment, Reader } from '../../hub/reader.ts';
import type { Random } from '../../io/random.ts';
import { uint16, uint32 } from '../../media/rtp/bytes.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import type { Chunk } from './chunk.ts';
import { Lane } from './lane.ts';
import { maxCachedBytes, maxCachedChunks, maxLanes, reportMs } from './options.ts';
import { SentReports } from './sent-reports.ts';
import { startChunks } from './start.ts';
import type { Start, StartMode } from './start.ts';
import type { RtspStream } from './stream.ts';

/** Whoever is given packets. Must not block. */
export interface FanReader {
  onChunk(chunk: Chunk): void;
  onReport(report: Chunk): void;
  /** The camera is gone, or has other tracks now. */
  onEnd(reason: string): void;
}

export interface FanParts {
  readonly clock: Clock;
  readonly random: Random;
  /** Names this server in reports. */
  readonly cname: string;
}

const rateWindowMs = 4000;

export class Fan implements Reader {
  readonly kind = 'rtsp';
  readonly stream: RtspStream;
  readonly #parts: FanParts;
  #attachment: Attachment | undefined;
  #lanes: readonly Lane[] = [];
  #byTrack: readonly (Lane | undefined)[] = [];
  #leadTrack: number | undefined;
  /** Replaced, never changed: chunks are delivered while readers come and go. */
  #readers: readonly FanReader[] = [];
  #kept: Chunk[] = [];
  #keptBytes = 0;
  #waitingForKey = true;
  #isOver = false;
  readonly reports = new SentReports();
  #reporting: Timer | undefined;
  #rate = { bytes: 0, sinceMs: 0, bytesPerMs: 0 };

  constructor(stream: RtspStream, parts: FanParts) {
    this.stream = stream;
    this.#parts = parts;
  }

  /** Begins to read the stream: an on-demand camera is connected. */
  open(): Result<undefined, AttachRefusal> {
    const attached = this.stream.attach(this);
    if (!attached.ok) return attached;
    this.#attachment = attached.value;
    this.#reportLater();
    return ok(undefined);
  }

  close(): void {
    this.#reporting?.cancel();
    this.#attachment?.detach();
    this.#attachment = undefined;
  }

  /** The stream is gone for good: whoever asks again has to look for its successor. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Empty until the camera is connected; another list when sessions cannot go on with the old one. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** What readers are sent, a mean over seconds. */
  get bytesPerMs(): number {
    return this.#rate.bytesPerMs;
  }

  /** What a reader has to be given before the chunks that come next. */
  start(mode: StartMode, sent: readonly (Chunk | undefined)[]): Start {
    return startChunks(this.#kept, this.#lanes, mode, sent);
  }

  /** Reports for a reader that begins: players match sound and picture with them. */
  currentReports(): readonly Chunk[] {
    return this.#lanes.flatMap((lane) => this.#report(lane) ?? []);
  }

  add(reader: FanReader): void {
    this.#readers = [...this.#readers, reader];
  }

  remove(reader: FanReader): void {
    this.#readers = this.#readers.filter((other) => other !== reader);
  }

  onTracks(tracks: readonly Track[]): void {
    const carried = tracks.slice(0, maxLanes);
    this.#forget();
    if (isSameLayout(this.#lanes, carried)) {
      // New parameter sets travel with the next keyframe; sequence numbers go on.
      for (const [index, lane] of this.#lanes.entries()) lane.change(carried[index] ?? lane.track);
      return;
    }
    const hadLanes = this.#lanes.length > 0;
    this.#lanes = carried.map((track, index) => this.#makeLane(track, index));
    const byTrack: (Lane | undefined)[] = [];
    for (const lane of this.#lanes) byTrack[lane.track.id] = lane;
    this.#byTrack = byTrack;
    this.#leadTrack = this.#lanes.find((lane) => lane.format.kind === 'video')?.track.id;
    if (hadLanes) this.#endReaders('The camera sends something else now; connect again.');
  }

  onUnit(unit: AccessUnit): void {
    const chunk = this.#byTrack[unit.track]?.pack(unit);
    if (!chunk) return;
    this.#keep(unit, chunk);
    this.#measure(chunk.bytes.length);
    for (const reader of this.#readers) reader.onChunk(chunk);
  }

  onDiscontinuity(): void {
    this.#forget();
  }

  onEnd(reason: string): void {
    this.#reporting?.cancel();
    this.#attachment = undefined;
    this.#isOver = true;
    this.#lanes = [];
    this.#forget();
    this.#endReaders(reason);
  }

  #endReaders(reason: string): void {
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader.onEnd(reason);
  }

  #makeLane(track: Track, index: number): Lane {
    const random = this.#parts.random(6);
    return new Lane(track, {
      index,
      ssrc: uint32(random, 0),
      firstSequence: uint16(random, 4),
      cname: this.#parts.cname,
    });
  }

  #keep(unit: AccessUnit, chunk: Chunk): void {
    if (this.#leadTrack === undefined) return;
    if (unit.track === this.#leadTrack && unit.key) {
      this.#forget();
      this.#waitingForKey = false;
    }
    if (this.#waitingForKey) return;
    this.#kept.push(chunk);
    this.#keptBytes += chunk.bytes.length;
    if (this.#keptBytes > maxCachedBytes || this.#kept.length > maxCachedChunks) this.#forget();
  }

  #forget(): void {
    // A new array: a reader may be walking over the old one.
    this.#kept = [];
    this.#keptBytes = 0;
    this.#waitingForKey = true;
  }

  #measure(bytes: number): void {
    const rate = this.#rate;
    const nowMs = this.#parts.clock.monotonicMs();
    rate.bytes += bytes;
    const passedMs = nowMs - rate.sinceMs;
    if (passedMs < rateWindowMs) return;
    rate.bytesPerMs = rate.bytes / passedMs;
    rate.bytes = 0;
    rate.sinceMs = nowMs;
  }

  #reportLater(): void {
    this.#reporting = this.#parts.clock.after(reportMs, () => {
      for (const lane of this.#readers.length > 0 ? this.#lanes : []) {
        const report = this.#report(lane);
        if (report) for (const reader of this.#readers) reader.onReport(report);
      }
      this.#reportLater();
    });
  }

  #report(lane: Lane): Chunk | undefined {
    const made = lane.report(this.#parts.clock.nowMs());
    if (made) this.reports.sent(made.ntp, this.#parts.clock.monotonicMs());
    return made?.chunk;
  }
}

/** Payload types and clocks are what a session description fixes; parameter sets may change within the stream. */
function isSameLayout(lanes: readonly Lane[], tracks: readonly Track[]): boolean {
  return (
    lanes.length === tracks.length &&
    lanes.every((lane, index) => {
      const track = tracks[index];
      return track?.id === lane.track.id && layoutOf(track) === layoutOf(lane.track);
    })
  );
}

function layoutOf({ codec, clockHz }: Track): string {
  const sound = 'channels' in codec ? `${codec.channels}` : '';
  const law = codec.kind === 'g711' ? codec.law : '';
  const config = codec.kind === 'aac' ? Buffer.from(codec.audioSpecificConfig).toString('hex') : '';
  return [codec.kind, clockHz, sound, law, config].join(' ');
}
