/**
 * For tests: a camera on a real hub with a source driven by hand, its recorder, an archive in memory, a clock that
 * stands still until told otherwise, and the ledger as it would stand in the database.
 */
import { ManualClock } from '../base/clock.ts';
import { cameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { CameraEvent, LedgerBatch, RecordingMark, StoredGap } from '../database/gaps.ts';
import { Hub } from '../hub/hub.ts';
import type { HandConnection } from '../hub/testing.ts';
import { HandSource, testUnit, testVideoTrack } from '../hub/testing.ts';
import type { Track } from '../media/track.ts';
import type { Gap } from './gaps.ts';
import { MemoryArchive } from './memory-archive.testing.ts';
import type { RecordingPolicy } from './policy.ts';
import { recordingOff } from './policy.ts';
import type { Past, RecordingReport } from './recordings.ts';
import { Recordings } from './recordings.ts';

export const camera = cameraId(new Uint8Array(16).fill(7));
export const continuous: RecordingPolicy = { ...recordingOff, mode: 'continuous' };

/** Saturday 2026-11-21, noon UTC. */
export const startMs = Date.UTC(2026, 10, 21, 12);
/** The pictures of the test camera. */
const frameMs = 40;
const gopFrames = 25;

export interface RigOptions {
  readonly policy?: RecordingPolicy;
  readonly past?: Partial<Past>;
  readonly archive?: MemoryArchive;
  readonly startMs?: number;
  /** False: the camera cannot be reached at first. */
  readonly live?: boolean;
}

export class Rig {
  readonly clock: ManualClock;
  readonly hub: Hub;
  readonly source = new HandSource();
  readonly archive: MemoryArchive;
  readonly recordings: Recordings;
  /** As in the database. */
  readonly gaps = new Map<string, StoredGap>();
  readonly events = new Map<string, CameraEvent>();
  readonly marks = new Map<string, RecordingMark>();
  readonly news: { readonly what: string; readonly gap: Gap }[] = [];
  readonly reports: RecordingReport[] = [];
  /** Pictures that were sent. */
  sent = 0;
  tracks: readonly Track[] = [testVideoTrack()];
  #policy: RecordingPolicy;
  /** The connection that was told of the tracks. */
  #told: HandConnection | undefined;

  constructor(options: RigOptions = {}) {
    const { policy = continuous, past = {}, archive = new MemoryArchive(), live = true } = options;
    const clock = new ManualClock(options.startMs ?? startMs);
    this.clock = clock;
    this.archive = archive;
    this.hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
    this.#policy = policy;
    let ids = 0;
    this.recordings = new Recordings({
      clock,
      log: silentLog,
      archive,
      random: (bytes) => {
        ids += 1;
        return Uint8Array.from({ length: bytes }, (_, at) => (ids >> (at * 5)) & 31);
      },
      stream: (id) => this.hub.get(id),
      write: async (batch) => this.#write(batch),
      onStatus: (_, report) => this.reports.push(report),
      onGap: (what, gap) => this.news.push({ what, gap }),
    });
    this.hub.onState((id) => this.recordings.streamChanged(id as typeof camera));
    this.recordings.start({ marks: [], openGaps: [], events: [], ...past }, Promise.resolve());
    this.switch(true);
    if (live) this.play(1);
  }

  get report(): RecordingReport {
    const report = this.recordings.report(camera);
    if (!report) throw new Error('there is no such camera');
    return report;
  }

  /** Starts at which every gap began and ended, in seconds since the rig's start. */
  get ledger(): [cause: string, fromSeconds: number, toSeconds: number | null][] {
    const begun = this.clock.nowMs() - this.clock.monotonicMs();
    const seconds = (timeMs: number): number => Math.round((timeMs - begun) / 100) / 10;
    return [...this.gaps.values()]
      .toSorted((a, b) => a.startMs - b.startMs)
      .map((gap) => [gap.cause, seconds(gap.startMs), gap.endMs === null ? null : seconds(gap.endMs)]);
  }

  switch(enabled: boolean): void {
    const known = this.hub.get(camera);
    if (enabled && !known)
      this.hub.add(camera, this.source, { start: 'on-demand', closeAfterMs: 1000, maxReaders: 0 });
    if (!enabled) this.hub.remove(camera, 'switched off');
    this.#told = undefined;
    this.recordings.apply({ id: camera, enabled, recording: this.#policy });
  }

  set policy(policy: RecordingPolicy) {
    this.#policy = policy;
    this.recordings.apply({ id: camera, enabled: true, recording: policy });
  }

  /** The camera sends pictures for so long, in the rhythm of the clock. */
  play(seconds: number): void {
    for (let left = Math.round((seconds * 1000) / frameMs); left > 0; left -= 1) {
      this.clock.advance(frameMs);
      this.frame();
    }
  }

  /** The next picture, larger than usual. */
  big(bytes: number): void {
    this.clock.advance(frameMs);
    this.frame(bytes);
  }

  /** One picture, captured now by the clock on the wall; its media time goes on steadily. */
  frame(bytes = 1000): void {
    const connection = this.source.connections.at(-1);
    if (!connection || connection.closed) return;
    const isFirst = this.#told !== connection;
    if (isFirst) connection.sink.tracks(this.tracks);
    const key = isFirst || this.sent % gopFrames === 0;
    this.#told = connection;
    const mediaMs = this.clock.monotonicMs() + startMs;
    connection.sink.unit({ ...testUnit(mediaMs / 1000, key, bytes), wallMs: this.clock.nowMs() });
    this.sent += 1;
  }

  /** Other tracks from the next picture on, which is a keyframe. */
  change(tracks: readonly Track[]): void {
    this.tracks = tracks;
    this.#told = undefined;
  }

  /** The camera goes away; it answers again at the next attempt. */
  drop(): void {
    this.#told = undefined;
    this.source.current.fail('ended');
  }

  silence(seconds: number): void {
    this.clock.advance(seconds * 1000);
  }

  /** Until the ledger is written. */
  async look(): Promise<void> {
    await this.settle();
    this.clock.advance(500);
    await this.settle();
  }

  /** Lets promises run: closing a recording takes a few. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  get storedFrames(): number {
    return this.archive.recordings.reduce((sum, { frames }) => sum + frames, 0);
  }

  #write(batch: LedgerBatch): void {
    for (const gap of batch.gaps) this.gaps.set(gap.id, gap);
    for (const id of batch.noGaps) this.gaps.delete(id);
    for (const event of batch.events) this.events.set(event.id, event);
    for (const mark of batch.marks) this.marks.set(mark.cameraId, mark);
    for (const id of batch.noMarks) this.marks.delete(id);
  }
}
