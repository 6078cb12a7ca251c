/**
 * The recorded picture of one camera among many that show one moment. In: orders (`deck.ts`). Out: pictures in its host,
 * and what it shows or why not. Asks for nothing while nobody sees it; tries again by itself.
 */
import { Footage } from '../recorded/footage.ts';
import { pieceAt, wallIn } from '../recorded/media-map.ts';
import type { Piece, Place } from '../recorded/media-map.ts';
import type { Coverage } from '../recorded/recorded-options.ts';
import { Screen } from '../recorded/screen.ts';
import { hasSound } from '../recorded/speed.ts';
import { Stills } from '../recorded/stills.ts';
import { Thumbs } from '../recorded/thumbs.ts';
import { Presence } from '../presence.ts';
import type { Follower, FollowerState, Order } from './deck.ts';
import { Follow } from './follow.ts';
import type { Gate } from './gate.ts';
import { PictureDistance } from './picture-distance.ts';

export interface TileOptions {
  readonly host: HTMLElement;
  readonly server: string;
  readonly camera: string;
  readonly label: string;
  readonly coverage: (ms: number) => Coverage | undefined;
  readonly nextFootage: (ms: number) => Promise<number | undefined>;
  /** The server's clock, Unix ms. */
  readonly nowMs: () => number;
  /** How many ask for sessions at one time: their plans are reckoned one after another anyway. */
  readonly sessions: Gate;
  /** How many ask for keyframes at one time. */
  readonly keyframes: Gate;
  readonly onChange: () => void;
}

/** Beyond it keyframes are shown: many videos at four times the speed no machine decodes. */
const fastestVideo = 2;
/** What is being recorded arrives in the playlist some seconds late. */
const freshMs = 20_000;
/** No picture for so long after a seek is a failure. */
const landLimitMs = 15_000;
const firstRetryMs = 1000;
const lastRetryMs = 15_000;
/** Where there was nothing it is looked again. */
const lookAgainMs = 5000;
/** Pauses just before a hole, so that no picture from behind it flashes up. */
const beforeHoleSeconds = 0.06;
/** The video is brought to the end of a hole before that is reached. */
const aheadMs = 1500;
/** Standing, the very picture is wanted. */
const exactSeconds = 0.02;
/** A step, not a jump. */
const nearMs = 2000;
/** Then a seek is told of. */
const waitingAfterMs = 600;
const betweenExactMs = 200;

export class RecordedTile implements Follower {
  readonly #options: TileOptions;
  readonly #screen: Screen;
  readonly #footage: Footage;
  readonly #thumbs: Thumbs;
  readonly #stills: Stills;
  readonly #presence: Presence;
  readonly #steering = new Follow();
  readonly #distance = new PictureDistance();
  #pictures = 0;
  #state: FollowerState = { kind: 'resting' };
  #order: Order | undefined;
  #wish = -1;
  #visit = 0;
  #piece: Piece | undefined;
  /** A seek whose picture is awaited, since. */
  #landingMs: number | undefined;
  #errorMs: number | undefined;
  #againMs = 0;
  #failures = 0;
  #muted = true;

  constructor(options: TileOptions) {
    const { host, server, camera, label } = options;
    this.#options = options;
    this.#screen = new Screen(host, `Recorded picture: ${label}`);
    const base = `${server}/api/v1/cameras/${encodeURIComponent(camera)}`;
    const frame = (atMs: number, widthPixels: number, exact: boolean) =>
      `${base}/frame.jpg?at=${Math.round(atMs)}&width=${widthPixels}&exact=${exact}`;
    this.#thumbs = new Thumbs(
      {
        index: (fromMs, toMs) => `${base}/thumbs?from=${fromMs}&to=${toMs}`,
        frame: (atMs, widthPixels) => frame(atMs, widthPixels, false),
      },
      () => this.#stills.refresh(),
    );
    this.#stills = new Stills({ canvas: this.#screen.canvas, thumbs: this.#thumbs, url: frame });
    this.#footage = new Footage(this.#screen.video, server, camera, (reason) => this.#fail(reason));
    this.#presence = new Presence(host, () => undefined);
    this.#watchPictures();
  }

  get state(): FollowerState {
    return this.#state;
  }

  /** How far its picture is from the moment that all show; undefined while it has none. */
  get errorMs(): number | undefined {
    return this.#state.kind === 'showing' ? this.#errorMs : undefined;
  }

  /** One picture of this camera, ms; undefined where that is not known. */
  get pictureMs(): number | undefined {
    return this.#distance.ms;
  }

  /** What the picture is on; undefined while there is none. */
  get screen(): HTMLVideoElement | HTMLCanvasElement | undefined {
    const { showing, canvas, video } = this.#screen;
    return showing === 'video' ? video : showing === 'still' ? canvas : undefined;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
  }

  follow(order: Order): void {
    const before = this.#order;
    this.#order = order;
    if (!this.#presence.seen) {
      if (this.#state.kind !== 'resting') this.rest();
      return;
    }
    if (order.wish !== this.#wish) this.#onWish(order, before);
    if (order.scrubs) return;
    if (order.runs && order.speed > fastestVideo) this.#keyframes(order);
    else this.#video(order);
  }

  /** Lets everything go: live is shown, or nobody looks. */
  rest(): void {
    this.#visit++;
    this.#wish = -1;
    this.#stills.clear();
    this.#footage.close();
    this.#landingMs = undefined;
    this.#piece = undefined;
    this.#screen.show('nothing');
    this.#become({ kind: 'resting' });
  }

  stop(): void {
    this.rest();
    this.#presence.stop();
    if (this.#pictures !== 0) this.#screen.video.cancelVideoFrameCallback(this.#pictures);
    this.#thumbs.stop();
    this.#screen.remove();
  }

  /** Browsers that do not tell of pictures: the distance stays unknown. */
  #watchPictures(): void {
    const { video } = this.#screen;
    if (!('requestVideoFrameCallback' in video)) return;
    const onPicture: VideoFrameRequestCallback = (_now, { mediaTime }) => {
      this.#distance.see(mediaTime * 1000);
      this.#pictures = video.requestVideoFrameCallback(onPicture);
    };
    this.#pictures = video.requestVideoFrameCallback(onPicture);
  }

  /** Somebody went elsewhere: a small picture at once, the right one when it is there. */
  #onWish({ atMs, wish, scrubs }: Order, before: Order | undefined): void {
    const near = this.#wish !== -1 && before !== undefined && Math.abs(before.atMs - atMs) < nearMs;
    this.#wish = wish;
    this.#screen.video.pause();
    this.#landingMs = undefined;
    this.#piece = undefined;
    this.#againMs = 0;
    const known = this.#options.coverage(atMs);
    if (known?.inside === false) {
      this.#stills.clear();
      this.#old();
      this.#become({ kind: 'hole', untilMs: known.nextMs });
      return;
    }
    this.#screen.freeze();
    // The video is there as soon as any other picture.
    if (scrubs || !near || !this.#footage.covers(atMs)) this.#stills.want(atMs, 0, scrubs);
    this.#showStill();
    this.#become({ kind: 'opening' });
  }

  #showStill(): void {
    if (this.#stills.seen) this.#screen.show('still');
  }

  #video(order: Order): void {
    const { atMs } = order;
    const nowMs = performance.now();
    if (this.#screen.showing !== 'video') this.#showStill();
    if (nowMs < this.#againMs) return;
    if (!this.#footage.covers(atMs)) {
      void this.#open(atMs);
      return;
    }
    const place = this.#footage.place(atMs);
    if (place.kind === 'hole') this.#inHole(order, place.next);
    else if (this.#landingMs !== undefined) this.#land(nowMs, this.#landingMs);
    else this.#steer(order, place, nowMs);
  }

  async #open(atMs: number): Promise<void> {
    const visit = ++this.#visit;
    const { sessions, nextFootage } = this.#options;
    this.#distance.forget();
    // Until there is an answer nothing else is tried.
    this.#againMs = Infinity;
    if (this.#state.kind !== 'hole') this.#become({ kind: 'opening' });
    const opened = await sessions.pass(
      () => visit === this.#visit,
      () => this.#footage.open(atMs),
    );
    if (visit !== this.#visit || opened === undefined || opened.kind === 'overtaken') return;
    this.#againMs = 0;
    if (opened.kind === 'ready') this.#failures = 0;
    if (opened.kind === 'failed') this.#fail(opened.reason);
    if (opened.kind !== 'none') return;
    this.#againMs = performance.now() + lookAgainMs;
    this.#old();
    const nextMs = opened.nextMs ?? (await nextFootage(atMs).catch(() => undefined));
    if (visit === this.#visit) this.#become({ kind: 'hole', untilMs: nextMs });
  }

  #inHole({ atMs, speed }: Order, next: Piece | undefined): void {
    const fresh = this.#footage.growing && !next && this.#options.nowMs() - atMs < freshMs;
    this.#screen.video.pause();
    if (fresh && this.#options.coverage(atMs)?.inside !== false) {
      this.#become({ kind: 'opening' });
      return;
    }
    this.#old();
    const untilMs = next?.startMs ?? (this.#state.kind === 'hole' ? this.#state.untilMs : undefined);
    this.#become({ kind: 'hole', untilMs });
    if (!next || next === this.#piece || next.startMs - atMs > aheadMs * speed) return;
    this.#piece = next;
    this.#landingMs = performance.now();
    this.#footage.seek(next.startSeconds);
  }

  /** Waits for the picture of a seek. */
  #land(nowMs: number, sinceMs: number): void {
    const { video } = this.#screen;
    if (video.seeking || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      if (nowMs - sinceMs > landLimitMs) this.#fail('No picture came');
      else if (nowMs - sinceMs > waitingAfterMs && this.#state.kind === 'showing')
        this.#become({ kind: 'opening' });
      return;
    }
    this.#landingMs = undefined;
    this.#steering.landed(nowMs);
    this.#stills.clear();
    this.#screen.show('video');
    this.#become({ kind: 'showing' });
  }

  #steer(order: Order, place: Extract<Place, { kind: 'in' }>, nowMs: number): void {
    const { video } = this.#screen;
    const shown = pieceAt(this.#footage.pieces, video.currentTime, this.#piece ?? place.piece);
    const isThere = this.#state.kind === 'showing' && shown?.startMs === place.piece.startMs;
    if (!shown || !isThere) {
      this.#seek(place.piece, place.seconds, nowMs);
      return;
    }
    this.#piece = shown;
    const errorSeconds = (wallIn(shown, video.currentTime) - order.atMs) / 1000;
    this.#errorMs = errorSeconds * 1000;
    if (!order.runs) this.#stand(place, errorSeconds, nowMs);
    else this.#run(order, place, errorSeconds, nowMs);
  }

  #stand(place: Extract<Place, { kind: 'in' }>, errorSeconds: number, nowMs: number): void {
    this.#screen.video.pause();
    if (Math.abs(errorSeconds) < exactSeconds) return;
    this.#againMs = nowMs + betweenExactMs;
    this.#seek(place.piece, place.seconds, nowMs);
  }

  #run(
    order: Order,
    { piece, seconds }: Extract<Place, { kind: 'in' }>,
    errorSeconds: number,
    nowMs: number,
  ): void {
    const { video } = this.#screen;
    const { speed } = order;
    const advice = this.#steering.step({ nowMs, errorSeconds, speed });
    if (advice.kind === 'seek') {
      this.#seek(piece, Math.min(seconds + advice.leadSeconds, piece.endSeconds), nowMs);
      return;
    }
    video.playbackRate = advice.rate;
    video.muted = this.#muted || !hasSound(speed);
    const ends = !this.#footage.growing && piece.endSeconds - video.currentTime < beforeHoleSeconds * speed;
    if (ends) video.pause();
    else if (video.paused) void video.play().catch(() => undefined);
  }

  #seek(piece: Piece, seconds: number, nowMs: number): void {
    this.#piece = piece;
    this.#landingMs = nowMs;
    this.#steering.sought(nowMs);
    this.#footage.seek(seconds);
  }

  /** One at a time, and only when the others leave room. */
  #keyframes({ atMs }: Order): void {
    this.#screen.video.pause();
    this.#landingMs = undefined;
    const known = this.#options.coverage(atMs);
    if (known?.inside === false) {
      this.#old();
      this.#become({ kind: 'hole', untilMs: known.nextMs });
      return;
    }
    const visit = this.#visit;
    this.#options.keyframes.try(async () => {
      const pictureMs = await this.#stills.pace(atMs);
      if (pictureMs === undefined || visit !== this.#visit || this.#order?.runs !== true) return;
      this.#screen.show('still');
      this.#errorMs = undefined;
      this.#become({ kind: 'showing' });
    });
  }

  /** The last picture, grey: it is not of this moment. */
  #old(): void {
    if (this.#screen.showing === 'old') return;
    this.#screen.freeze();
    this.#screen.show('old');
  }

  #fail(reason: string): void {
    this.#visit++;
    this.#footage.close();
    this.#landingMs = undefined;
    this.#againMs = performance.now() + Math.min(lastRetryMs, firstRetryMs * 2 ** this.#failures++);
    this.#old();
    this.#become({ kind: 'failed', reason });
  }

  #become(state: FollowerState): void {
    const before = this.#state;
    this.#state = state;
    if (JSON.stringify(before) !== JSON.stringify(state)) this.#options.onChange();
  }
}
