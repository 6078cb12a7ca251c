/**
 * One stream for all its viewers: each access unit is cut into packets once, and given to everybody.
 *
 * In:  tracks and units. Out: packed units to viewers, in slices, so that a thousand packets do not hold up everything
 * else. Promises: what is kept is bounded; when sending cannot keep up, pictures up to the next keyframe are left out.
 */
import type { RtpFormat } from '../../../media/codec/rtp-format.ts';
import { rtpFormat } from '../../../media/codec/rtp-format.ts';
import type { AccessUnit, Track } from '../../../media/track.ts';
import { unitBytes } from '../../../media/track.ts';
import { LaneTime } from './lane-time.ts';
import type { Packed } from './packed.ts';
import { maxPayloadBytes } from './packet-writer.ts';
import type { LaneName } from './protocol.ts';
import type { Viewer } from './viewer.ts';

/** Sending one picture to so many takes a few milliseconds. */
const viewersAtOnce = 25;
/** Three seconds of pictures that are not sent yet: this process is too slow for its viewers. */
const maxWaiting = 90;
/** As in the hub. */
const maxKeptBytes = 32 * 1024 * 1024;
const maxKeptUnits = 6000;

interface Lane {
  readonly format: RtpFormat;
  readonly time: LaneTime;
  readonly packetize: (unit: AccessUnit) => readonly Packed['payloads'][number][];
  next: number;
}

interface Job {
  readonly packed: Packed;
  readonly viewers: readonly Viewer[];
  done: number;
}

export class Fan {
  readonly #lanes = new Map<LaneName, Lane>();
  /** Replaced, never changed: units are given while viewers come and go. */
  #viewers: readonly Viewer[] = [];
  #kept: Packed[] = [];
  #keptBytes = 0;
  #waitingForKey = true;
  readonly #jobs: Job[] = [];
  #running = false;

  get viewers(): readonly Viewer[] {
    return this.#viewers;
  }

  /** What a viewer begins with; grows until the next keyframe, and is another array then. */
  get kept(): readonly Packed[] {
    return this.#kept;
  }

  readonly timeOf = (lane: LaneName): LaneTime | undefined => this.#lanes.get(lane)?.time;

  /** Also when parameter sets change: they travel with the next keyframe. */
  tracks(tracks: Readonly<Partial<Record<LaneName, Track>>>): void {
    this.#forget();
    this.#lane('video', tracks.video);
    this.#lane('audio', tracks.audio);
  }

  add(viewer: Viewer): void {
    this.#viewers = [...this.#viewers, viewer];
  }

  remove(viewer: Viewer): void {
    this.#viewers = this.#viewers.filter((other) => other !== viewer);
  }

  unit(laneName: LaneName, unit: AccessUnit): void {
    const lane = this.#lanes.get(laneName);
    if (!lane) return;
    lane.time.note(unit.pts, unit.wallMs);
    const payloads = lane.packetize(unit);
    if (payloads.length === 0) return;
    const packed = { lane: laneName, number: lane.next, key: unit.key, time: unit.pts, payloads };
    lane.next += 1;
    if (laneName === 'video') this.#keep(packed, unitBytes(unit));
    this.#give(packed);
  }

  #lane(name: LaneName, track: Track | undefined): void {
    if (!track) return void this.#lanes.delete(name);
    const format = rtpFormat(track);
    const packetize = (unit: AccessUnit) => format.packetize(unit, maxPayloadBytes);
    const next = this.#lanes.get(name)?.next ?? 0;
    this.#lanes.set(name, { format, time: new LaneTime(track.clockHz), packetize, next });
  }

  #keep(packed: Packed, bytes: number): void {
    if (packed.key) {
      this.#forget();
      this.#waitingForKey = false;
    }
    if (this.#waitingForKey) return;
    this.#kept.push(packed);
    this.#keptBytes += bytes;
    if (this.#keptBytes > maxKeptBytes || this.#kept.length > maxKeptUnits) this.#forget();
  }

  #forget(): void {
    this.#kept = [];
    this.#keptBytes = 0;
    this.#waitingForKey = true;
  }

  #give(packed: Packed): void {
    if (this.#viewers.length === 0) return;
    // Viewers see the gap and wait for a keyframe.
    if (this.#jobs.length >= maxWaiting) this.#jobs.length = 0;
    this.#jobs.push({ packed, viewers: this.#viewers, done: 0 });
    if (!this.#running) this.#run();
  }

  /** One slice now, the others after whatever else waits. */
  readonly #run = (): void => {
    let given = 0;
    for (let job = this.#jobs[0]; job && given < viewersAtOnce; job = this.#jobs[0]) {
      const viewer = job.viewers[job.done];
      if (viewer) {
        viewer.take(job.packed);
        job.done += 1;
        given += 1;
      } else this.#jobs.shift();
    }
    this.#running = this.#jobs.length > 0;
    if (this.#running) setImmediate(this.#run);
  };
}
