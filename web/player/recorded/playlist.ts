/**
 * One playlist of recorded footage on a `<video>`, through hls.js. Loaded, with hls.js, when something is played. In: its
 * address. Out: where its segments lie, and at most one failure.
 */
import { ErrorTypes, Events, Hls } from 'hls.js/light';
import type { ErrorData, Fragment, HlsConfig, LevelDetails } from 'hls.js';
import type { Segment } from './media-map.ts';

export interface PlaylistEvents {
  /** Known for the first time, or better. @param growing its end will still move. */
  segments(segments: readonly Segment[], growing: boolean): void;
  /** It is over. */
  failed(reason: string): void;
}

/** A second media error so soon after a recovery needs a new start. */
const recoverAgainMs = 5000;

export class Playlist {
  readonly #hls = new Hls(config);
  readonly #video: HTMLVideoElement;
  readonly #events: PlaylistEvents;
  #known = false;
  #over = false;
  #recoveredMs = -Infinity;

  constructor(video: HTMLVideoElement, url: string, events: PlaylistEvents) {
    this.#video = video;
    this.#events = events;
    const hls = this.#hls;
    hls.on(Events.MANIFEST_PARSED, () => {
      // A playlist of one rendition is described already; others are when they are asked for.
      if (!this.#known) hls.startLoad();
    });
    const map = (_name: string, { details }: { details: LevelDetails }): void => {
      this.#known = true;
      events.segments(details.fragments.flatMap(segmentOf), details.live);
    };
    hls.on(Events.LEVEL_LOADED, map);
    hls.on(Events.LEVEL_UPDATED, map);
    hls.on(Events.LEVEL_PTS_UPDATED, map);
    hls.on(Events.ERROR, (_name, data) => this.#onError(data));
    hls.loadSource(url);
  }

  /** Begins to read media from here on. @param seconds on the media time line. */
  begin(seconds: number): void {
    this.#hls.startLoad(seconds);
    this.#hls.attachMedia(this.#video);
  }

  seek(seconds: number): void {
    // Before the first media there is nothing to seek in: loading begins there instead.
    if (this.#video.readyState > 0) this.#video.currentTime = seconds;
    else this.#hls.startLoad(seconds);
  }

  stop(): void {
    this.#over = true;
    this.#hls.destroy();
  }

  #onError(data: ErrorData): void {
    if (!data.fatal || this.#over) return;
    const nowMs = performance.now();
    const isMedia = data.type === ErrorTypes.MEDIA_ERROR;
    if (isMedia && nowMs - this.#recoveredMs > recoverAgainMs) {
      this.#recoveredMs = nowMs;
      this.#hls.recoverMediaError();
      return;
    }
    this.stop();
    this.#events.failed(isMedia ? 'This browser could not decode it' : reasonOf(data));
  }
}

function reasonOf(data: ErrorData): string {
  const status = data.response?.code ?? 0;
  return status === 0 ? 'The server does not answer' : `The footage could not be read (answer ${status})`;
}

function segmentOf(fragment: Fragment | null): Segment[] {
  const wallMs = fragment?.programDateTime ?? null;
  // What is marked as missing is a hole like any other.
  if (!fragment || wallMs === null || fragment.gap === true) return [];
  return [{ wallMs, startSeconds: fragment.start, durationSeconds: fragment.duration }];
}

const config: Partial<HlsConfig> = {
  autoStartLoad: false,
  lowLatencyMode: false,
  // Steps back and small seeks stay in memory.
  backBufferLength: 30,
  maxBufferLength: 20,
  maxBufferSize: 40_000_000,
  // A session that grows is no live stream: nothing hurries to its end.
  maxLiveSyncPlaybackRate: 1,
};
