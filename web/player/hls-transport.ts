/**
 * Low-latency HLS through hls.js and Media Source Extensions. hls.js is loaded on first use.
 *
 * Its own retries are off but for one: `session.ts` decides, because only it knows what to tell
 * the viewer. Its own latency control is off: see `controller.ts`.
 */
import type Hls from 'hls.js';
import type { ErrorData, HlsConfig, LoadPolicy, LoaderResponse } from 'hls.js';
import { failureFrom, plain } from './failure.ts';
import type { Anchor, StreamTiming, Transport, TransportEvents } from './transport.ts';

type HlsClass = typeof Hls;

/** A second media error so soon after a recovery needs a new start. */
const recoverAgainMs = 5000;

let library: Promise<HlsClass> | undefined;

/** Starts the download; later calls share it. A failed download is tried again at the next call. */
function loadHls(): Promise<HlsClass> {
  library ??= import('hls.js/light').then((module) => module.default);
  library.catch(() => (library = undefined));
  return library;
}

/** True when this browser has any Media Source: hls.js comes first, native HLS would sit seconds behind. */
export function hasMediaSource(): boolean {
  return 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis;
}

export class HlsTransport implements Transport {
  readonly #video: HTMLVideoElement;
  readonly #events: TransportEvents;
  #hls: Hls | undefined;
  #over = false;
  #recoveredMs = -Infinity;
  #codecs: readonly string[] = [];

  constructor(video: HTMLVideoElement, url: string, events: TransportEvents) {
    this.#video = video;
    this.#events = events;
    loadHls().then(
      (library) => {
        if (!this.#over) this.#start(library, url);
      },
      () => this.#fail(() => events.failed(plain('The player could not be loaded', 'unreachable'))),
    );
  }

  anchor(): Anchor | undefined {
    const wallMs = this.#hls?.playingDate?.getTime();
    return wallMs === undefined ? undefined : { mediaSeconds: this.#video.currentTime, wallMs };
  }

  liveSeconds(): number | undefined {
    return this.#hls?.liveSyncPosition ?? undefined;
  }

  timing(): StreamTiming | undefined {
    const details = this.#hls?.latestLevelDetails;
    if (!details) return undefined;
    const partSeconds = details.partTarget > 0 ? details.partTarget : undefined;
    return { partSeconds, segmentSeconds: details.targetduration };
  }

  stop(): void {
    this.#over = true;
    this.#hls?.destroy();
    this.#hls = undefined;
  }

  #start(library: HlsClass, url: string): void {
    if (!library.isSupported()) {
      this.#fail(() => this.#events.unsupported('H.264'));
      return;
    }
    const hls = new library(config);
    this.#hls = hls;
    hls.on(library.Events.MANIFEST_LOADED, (_name, data) => {
      this.#codecs = data.levels.flatMap((level) => (level.attrs['CODECS'] ?? '').split(/\s*,\s*/));
    });
    hls.on(library.Events.BUFFER_CODECS, (_name, data) => {
      this.#events.sound(Boolean(data.audio ?? data.audiovideo));
    });
    hls.on(library.Events.ERROR, (_name, data) => this.#onError(library, data));
    hls.attachMedia(this.#video);
    hls.loadSource(url);
  }

  #onError(library: HlsClass, data: ErrorData): void {
    const codec = this.#missingCodec(library, data);
    if (codec !== undefined) {
      this.#fail(() => this.#events.unsupported(codec));
      return;
    }
    if (!data.fatal || this.#over) return;
    const nowMs = performance.now();
    if (data.type === library.ErrorTypes.MEDIA_ERROR && nowMs - this.#recoveredMs > recoverAgainMs) {
      this.#recoveredMs = nowMs;
      this.#hls?.recoverMediaError();
      return;
    }
    const failure =
      data.type === library.ErrorTypes.NETWORK_ERROR
        ? failureFrom(data.response?.code ?? 0, bodyOf(data))
        : plain('The picture could not be decoded', 'media');
    this.#fail(() => this.#events.failed(failure));
  }

  #missingCodec(library: HlsClass, data: ErrorData): string | undefined {
    const details = library.ErrorDetails;
    if (data.details === details.MANIFEST_INCOMPATIBLE_CODECS_ERROR) {
      return this.#codecs.find((codec) => codec !== '' && !plays(codec)) ?? 'this stream';
    }
    const refused =
      data.details === details.BUFFER_ADD_CODEC_ERROR ||
      data.details === details.BUFFER_INCOMPATIBLE_CODECS_ERROR;
    if (!refused) return undefined;
    return /codecs="?([^",]+)/.exec(data.mimeType ?? '')?.[1] ?? this.#codecs[0] ?? 'this stream';
  }

  /** Says it once. Who hears it stops this transport, after keeping the last picture. */
  #fail(say: () => void): void {
    if (this.#over) return;
    this.#over = true;
    say();
  }
}

function plays(codec: string): boolean {
  const type = /^(mp4a|opus|ac-3|ec-3|flac)/i.test(codec) ? 'audio' : 'video';
  const source = 'MediaSource' in globalThis ? MediaSource : undefined;
  return source?.isTypeSupported(`${type}/mp4; codecs="${codec}"`) ?? true;
}

/** The text of a refused playlist; a refused media file has none that can be read. */
function bodyOf(data: ErrorData): string {
  const details: unknown = data.networkDetails;
  if (!(details instanceof XMLHttpRequest)) return '';
  return details.responseType === '' || details.responseType === 'text' ? details.responseText : '';
}

const onceMore = {
  maxNumRetry: 1,
  retryDelayMs: 150,
  maxRetryDelayMs: 150,
  // An answer with a status is a decision, not an accident.
  shouldRetry: (_retry: unknown, count: number, isTimeout: boolean, answer: LoaderResponse | undefined) =>
    count < 1 && !isTimeout && (answer?.code ?? 0) === 0,
};

const policy = (maxTimeToFirstByteMs: number, maxLoadTimeMs: number): LoadPolicy => ({
  default: { maxTimeToFirstByteMs, maxLoadTimeMs, timeoutRetry: null, errorRetry: onceMore },
});

const config: Partial<HlsConfig> = {
  lowLatencyMode: true,
  liveDurationInfinity: true,
  // Each stall would add a second to its target for good.
  liveSyncOnStallIncrease: 0,
  maxLiveSyncPlaybackRate: 1,
  backBufferLength: 10,
  maxBufferLength: 8,
  // A camera on demand may need seconds for its first part.
  manifestLoadPolicy: policy(15_000, 20_000),
  playlistLoadPolicy: policy(10_000, 15_000),
  fragLoadPolicy: policy(8000, 20_000),
};
