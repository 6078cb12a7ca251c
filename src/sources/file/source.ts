/**
 * A media file that plays like a camera: in real time, round and round, its times anchored at the wall time of its first unit.
 *
 * In: a path below the media folder. Out: units when they are due. The file is taken apart by another process, which
 * a hostile file may crash or block; a few units are read ahead.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Ticks } from '../../base/units.ts';
import { ticks } from '../../base/units.ts';
import type { Source, SourceConnection, SourceCounters, SourceFault, SourceSink } from '../../hub/source.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import { unitBytes } from '../../media/track.ts';
import type { DemuxerEnd } from './demuxer.ts';
import { Demuxer } from './demuxer.ts';
import type { TrackUnit } from './media-file.ts';
import { findMediaFile } from './media-folder.ts';

export interface FileSourceOptions {
  /** Relative to `mediaFolder`. */
  readonly path: string;
  /** Nothing outside of it is ever read. */
  readonly mediaFolder: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Behind by more (the machine slept, the disk was away): goes on from now instead of hurrying after. */
const maxLatenessMs = 2000;

/** When it hurries after, the other cameras still get their turn. */
const hurriedPerTurn = 16;

export class FileSource implements Source {
  readonly kind = 'file';
  readonly host = undefined;
  readonly #options: FileSourceOptions;

  constructor(options: FileSourceOptions) {
    this.#options = options;
  }

  connect(sink: SourceSink): SourceConnection {
    return new FileConnection(this.#options, sink);
  }
}

class FileConnection implements SourceConnection {
  readonly transport = 'file';
  readonly #clock: Clock;
  readonly #sink: SourceSink;
  #demuxer: Demuxer | undefined;
  #tracks: readonly Track[] = [];
  #closed = false;
  #wait: { readonly timer: Timer; readonly wake: () => void } | undefined;
  /** When the unit with file time 0 is due. */
  #originMonotonicMs = Number.NaN;
  /** Wall time of file time 0, in seconds since 1970. */
  #originSeconds = 0;
  /** Units in a row that were due already. */
  #hurried = 0;
  #bytes = 0;
  #units = 0;

  constructor(options: FileSourceOptions, sink: SourceSink) {
    this.#clock = options.clock;
    this.#sink = sink;
    void this.#run(options);
  }

  close(): void {
    this.#closed = true;
    this.#wait?.timer.cancel();
    this.#wait?.wake();
    this.#wait = undefined;
    this.#demuxer?.close();
  }

  counters(): SourceCounters {
    return {
      bytesReceived: this.#bytes,
      packetsReceived: this.#units,
      packetsLost: 0,
      damaged: this.#demuxer?.damaged ?? 0,
    };
  }

  async #run({ mediaFolder, path, log }: FileSourceOptions): Promise<void> {
    const found = await findMediaFile(mediaFolder, path);
    if (this.#closed) return;
    let fault: SourceFault;
    if (found.ok) {
      this.#demuxer = new Demuxer(found.value, log.child({ file: path }));
      const { kind, reason } = await this.#play(this.#demuxer);
      fault = { kind, message: reason ?? `“${path}” is damaged and cannot be played.` };
    } else {
      fault = { kind: 'file', message: found.error };
    }
    if (this.#closed) return;
    this.close();
    this.#sink.ended(fault);
  }

  async #play(demuxer: Demuxer): Promise<DemuxerEnd> {
    for (;;) {
      const next = await demuxer.next();
      if ('type' in next) return next;
      if ('unit' in next) {
        await this.#untilDue(next.unit.dts);
        this.#deliver(next);
      } else if (!this.#closed) {
        this.#tracks = next;
        this.#sink.tracks(next);
      }
    }
  }

  async #untilDue(fileSeconds: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (Number.isNaN(this.#originMonotonicMs)) {
      this.#originMonotonicMs = nowMs - fileSeconds * 1000;
      this.#originSeconds = this.#clock.nowMs() / 1000 - fileSeconds;
    }
    const waitMs = this.#originMonotonicMs + fileSeconds * 1000 - nowMs;
    if (waitMs < -maxLatenessMs) this.#originMonotonicMs -= waitMs;
    if (this.#closed) return;
    this.#hurried = waitMs > 0 ? 0 : this.#hurried + 1;
    if (waitMs <= 0 && this.#hurried < hurriedPerTurn) return;
    this.#hurried = 0;
    await new Promise<void>((resolve) => {
      this.#wait = { timer: this.#clock.after(waitMs, resolve), wake: resolve };
    });
  }

  #deliver({ track, unit }: TrackUnit): void {
    const clockHz = this.#tracks[track]?.clockHz;
    if (this.#closed || clockHz === undefined) return;
    const toTicks = (seconds: number): Ticks => ticks(Math.round((this.#originSeconds + seconds) * clockHz));
    const accessUnit: AccessUnit = {
      track,
      pts: toTicks(unit.pts),
      dts: toTicks(unit.dts),
      wallMs: this.#clock.nowMs(),
      key: unit.key,
      nals: unit.nals,
    };
    this.#units += 1;
    this.#bytes += unitBytes(accessUnit);
    this.#sink.unit(accessUnit);
  }
}
