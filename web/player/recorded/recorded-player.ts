/**
 * Plays what was recorded of one camera. In: where to go, how fast. Out: pictures in its host element, and a playhead
 * (`playhead.ts`) that tells what is seen and why. Tries again by itself; outside of any framework.
 */
import { Footage } from './footage.ts';
import { SeekWatch } from './seek-watch.ts';
import { pieceAt, sameAs, wallIn } from './media-map.ts';
import type { Piece } from './media-map.ts';
import { goesOn, placeMs, step } from './playhead.ts';
import type { Occurrence, Playhead } from './playhead.ts';
import type { RecordedLook, RecordedOptions } from './recorded-options.ts';
import { Screen } from './screen.ts';
import { hasSound, showsKeyframesOnly } from './speed.ts';
import type { Speed } from './speed.ts';
import { Stills } from './stills.ts';
import { Thumbs } from './thumbs.ts';

/** While it plays, a page need not hear of every picture. */
const tellEveryMs = 200;
const waitingAfterMs = 600;
/** No picture for so long is a failure, even if nobody said so. */
const silentLimitMs = 15_000;
/** So close to the present a viewer who plays faster has arrived. */
const presentMs = 12_000;
/** Pauses just before a hole, so that no picture from behind it flashes up. */
const beforeHoleSeconds = 0.06;
/** What is being recorded arrives in the playlist some seconds later. */
const growAgainMs = 700;
const growLimit = 20;

export class RecordedPlayer {
  readonly thumbs: Thumbs;
  readonly #options: RecordedOptions;
  readonly #screen: Screen;
  readonly #footage: Footage;
  readonly #stills: Stills;
  readonly #frames: SeekWatch;
  #state: Playhead = { kind: 'live' };
  #look: RecordedLook;
  #speed: Speed = 1;
  #muted = true;
  #piece: Piece | undefined;
  #visit = 0;
  #pictureMs = 0;
  #toldMs = 0;
  #tickMs = 0;
  #frame = 0;
  #timer: number | undefined;

  constructor(options: RecordedOptions) {
    this.#options = options;
    const { host, server, camera } = options;
    this.#screen = new Screen(host, `Recorded picture: ${options.label}`);
    const base = `${server}/api/v1/cameras/${encodeURIComponent(camera)}`;
    const frame = (atMs: number, widthPixels: number, exact: boolean) =>
      `${base}/frame.jpg?at=${Math.round(atMs)}&width=${widthPixels}&exact=${exact}`;
    const addresses = {
      index: (fromMs: number, toMs: number) => `${base}/thumbs?from=${fromMs}&to=${toMs}`,
      frame: (atMs: number, widthPixels: number) => frame(atMs, widthPixels, false),
    };
    this.thumbs = new Thumbs(addresses, () => this.#stills.refresh());
    this.#stills = new Stills({ canvas: this.#screen.canvas, thumbs: this.thumbs, url: frame });
    this.#footage = new Footage(this.#screen.video, server, camera, (reason) => this.#fail(reason));
    this.#frames = new SeekWatch(this.#screen.video, (seconds) => this.#onFrame(seconds));
    this.#look = this.#makeLook();
    this.#tick(performance.now());
  }

  /** The same object until something changed. */
  get look(): RecordedLook {
    return this.#look;
  }

  /** Unix ms; undefined while live. */
  get placeMs(): number | undefined {
    return placeMs(this.#state);
  }

  /** What the picture is on; undefined while there is none. */
  get screen(): HTMLVideoElement | HTMLCanvasElement | undefined {
    const { showing, canvas, video } = this.#screen;
    return showing === 'video' ? video : showing === 'still' ? canvas : undefined;
  }

  seek(atMs: number, plays?: boolean): void {
    const bounded = Math.min(atMs, this.#options.nowMs());
    this.#happen({ kind: 'seek', atMs: bounded, ...(plays === undefined ? {} : { plays }) });
  }

  grab(atMs: number): void {
    this.#happen({ kind: 'grab', atMs: Math.min(atMs, this.#options.nowMs()) });
  }

  drag(atMs: number): void {
    this.#happen({ kind: 'drag', atMs: Math.min(atMs, this.#options.nowMs()) });
  }

  release(): void {
    this.#happen({ kind: 'release' });
  }

  live(): void {
    this.#happen({ kind: 'live' });
  }

  togglePlay(): void {
    this.#happen({ kind: goesOn(this.#state) ? 'pause' : 'play' });
  }

  retry(): void {
    this.#happen({ kind: 'retry' });
  }

  /** Straight to the end of a gap. */
  skip(): void {
    if (this.#state.kind === 'gap' && this.#state.untilMs !== undefined) this.seek(this.#state.untilMs, true);
  }

  /** One picture on or back, standing. */
  stepFrame(by: 1 | -1): void {
    const { kind } = this.#state;
    if (kind === 'playing' || kind === 'opening') this.#happen({ kind: 'pause' });
    if (this.#state.kind === 'paused') this.#frames.step(by, (seconds) => this.#footage.seek(seconds));
  }

  setSpeed(speed: Speed): void {
    if (speed === this.#speed) return;
    const otherWay = showsKeyframesOnly(speed) !== showsKeyframesOnly(this.#speed);
    this.#speed = speed;
    this.#applySpeed();
    const atMs = this.placeMs;
    // Video and keyframes are two ways: the new one begins where the old one stood.
    if (otherWay && atMs !== undefined && this.#state.kind !== 'scrubbing') this.seek(atMs);
    else this.#tell();
  }

  toggleSound(): void {
    this.#muted = !this.#muted;
    this.#applySpeed();
    this.#tell();
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#timer);
    this.#visit++;
    this.#frames.stop();
    this.#stills.clear();
    this.thumbs.stop();
    this.#footage.close();
    this.#screen.remove();
  }

  #happen(happened: Occurrence): void {
    const before = this.#state;
    this.#state = step(before, happened);
    if (this.#state === before) return;
    const moved = before.kind === this.#state.kind && happened.kind !== 'seek';
    if (moved && this.#state.kind !== 'scrubbing' && this.#state.kind !== 'opening') {
      this.#tellSometimes();
      return;
    }
    this.#enter(before);
    this.#tell();
  }

  #enter(before: Playhead): void {
    const state = this.#state;
    window.clearTimeout(this.#timer);
    if (state.kind !== 'playing' && state.kind !== 'opening') this.#screen.video.pause();
    switch (state.kind) {
      case 'live':
        this.#leave();
        break;
      case 'scrubbing':
        this.#visit++;
        this.#still(state.atMs);
        break;
      case 'opening':
        if (before.kind !== 'opening' || before.atMs !== state.atMs) void this.#open(state.atMs);
        break;
      case 'playing':
        this.#pictureMs = performance.now();
        if (!this.#byKeyframes) void this.#screen.video.play().catch(() => undefined);
        break;
      case 'paused':
        // Keyframes are coarse: standing, the very picture is wanted.
        if (before.kind === 'playing' && this.#byKeyframes) this.#happen({ kind: 'seek', atMs: state.atMs });
        break;
      case 'gap':
        this.#screen.freeze();
        this.#screen.show('old');
        break;
      case 'failed':
        this.#timer = window.setTimeout(() => this.retry(), state.retryAtMs - performance.now());
        break;
    }
  }

  #leave(): void {
    this.#visit++;
    this.#stills.clear();
    this.#footage.close();
    this.#piece = undefined;
    this.#screen.show('nothing');
  }

  get #byKeyframes(): boolean {
    return showsKeyframesOnly(this.#speed) && goesOn(this.#state);
  }

  /** Shows pictures until the video has the right one. */
  #still(atMs: number): void {
    // Nothing is asked for where there is nothing.
    if (this.#options.coverage(atMs)?.inside === false) {
      this.#stills.clear();
      this.#screen.freeze();
      this.#screen.show('old');
      return;
    }
    this.#stills.want(atMs, this.#options.aroundMs(), this.#state.kind === 'scrubbing');
    this.#screen.show(this.#stills.seen ? 'still' : this.#screen.showing);
  }

  async #open(atMs: number): Promise<void> {
    const visit = ++this.#visit;
    this.#screen.video.pause();
    this.#frames.expect(undefined);
    this.#pictureMs = performance.now();
    this.#still(atMs);
    if (this.#byKeyframes) return;
    if (!this.#footage.covers(atMs)) {
      const opened = await this.#footage.open(atMs);
      if (visit !== this.#visit || opened.kind === 'overtaken') return;
      if (opened.kind === 'failed') this.#fail(opened.reason);
      if (opened.kind === 'none') await this.#hole(atMs, opened.nextMs);
      if (opened.kind !== 'ready') return;
    }
    await this.#land(atMs, visit, 0);
  }

  /** The session is open: to the picture, or to the hole that is there. */
  async #land(atMs: number, visit: number, tries: number): Promise<void> {
    if (visit !== this.#visit) return;
    const place = this.#footage.place(atMs);
    if (place.kind === 'in') {
      this.#piece = place.piece;
      this.#frames.expect(place.seconds);
      this.#footage.seek(place.seconds);
      return;
    }
    const recent = this.#footage.growing && place.next === undefined;
    if (recent && tries < growLimit && this.#options.coverage(atMs)?.inside !== false) {
      this.#timer = window.setTimeout(() => void this.#land(atMs, visit, tries + 1), growAgainMs);
      return;
    }
    await this.#hole(atMs, place.next?.startMs);
  }

  async #hole(atMs: number, nextMs: number | undefined): Promise<void> {
    const visit = this.#visit;
    const untilMs = nextMs ?? (await this.#options.nextFootage(atMs));
    if (visit === this.#visit) this.#happen({ kind: 'hole', atMs, untilMs });
  }

  /** @param seconds of the picture that is on the screen now, on the media time line. */
  #onFrame(seconds: number): void {
    const piece = pieceAt(this.#footage.pieces, seconds, this.#piece);
    const { kind } = this.#state;
    if (!piece || this.#byKeyframes || (kind !== 'opening' && kind !== 'playing' && kind !== 'paused'))
      return;
    const crossed = kind === 'playing' && this.#piece && piece.startMs - this.#piece.endMs > 300;
    if (crossed && this.#piece) {
      const atMs = this.#piece.endMs;
      this.#piece = piece;
      this.#happen({ kind: 'hole', atMs, untilMs: piece.startMs });
      return;
    }
    this.#piece = piece;
    if (this.#screen.showing !== 'video') this.#stills.clear();
    this.#screen.show('video');
    this.#shown(wallIn(piece, seconds));
  }

  #shown(atMs: number): void {
    this.#pictureMs = performance.now();
    this.#happen({ kind: 'shown', atMs });
  }

  #fail(reason: string): void {
    this.#visit++;
    this.#footage.close();
    this.#happen({ kind: 'failed', reason, nowMs: performance.now() });
  }

  readonly #tick = (nowMs: number): void => {
    this.#frame = requestAnimationFrame(this.#tick);
    const elapsedMs = Math.min(nowMs - this.#tickMs, 250);
    this.#tickMs = nowMs;
    const { kind } = this.#state;
    if (kind === 'scrubbing' && this.#screen.showing !== 'still' && this.#stills.seen)
      this.#still(this.#state.atMs);
    if (kind === 'gap') this.#happen({ kind: 'tick', elapsedMs, speed: this.#speed });
    if (kind !== 'playing' && kind !== 'opening') return;
    if (kind === 'opening' && this.#screen.showing !== 'still' && this.#stills.seen)
      this.#screen.show('still');
    if (this.#byKeyframes) this.#keyframes(elapsedMs);
    else if (kind === 'playing') this.#nearEnd();
    const silentMs = nowMs - this.#pictureMs;
    if (silentMs > silentLimitMs) this.#fail('No picture came');
    else if (silentMs > waitingAfterMs !== this.#look.waiting) this.#tell();
  };

  /** The clock runs on only while pictures keep up with it. */
  #keyframes(elapsedMs: number): void {
    const atMs = this.placeMs ?? 0;
    const coverage = this.#options.coverage(atMs);
    if (coverage?.inside === false) {
      void this.#hole(atMs, coverage.nextMs);
      return;
    }
    if (this.#options.nowMs() - atMs < presentMs) {
      this.live();
      return;
    }
    const visit = this.#visit;
    const next = this.#state.kind === 'playing' ? atMs + elapsedMs * this.#speed : atMs;
    if (this.#state.kind === 'playing' && performance.now() - this.#pictureMs < waitingAfterMs) {
      this.#happen({ kind: 'shown', atMs: next });
    }
    void this.#stills.pace(next).then((pictureMs) => {
      if (pictureMs === undefined || visit !== this.#visit) return;
      this.#screen.show('still');
      if (this.#state.kind === 'opening') this.#shown(next);
      else this.#pictureMs = performance.now();
    });
  }

  /** Holes and the end are met before the video runs into them. */
  #nearEnd(): void {
    const { video } = this.#screen;
    const piece = this.#piece;
    if (!piece) return;
    const current = sameAs(this.#footage.pieces, piece);
    const leftSeconds = current.endSeconds - video.currentTime;
    if (leftSeconds > beforeHoleSeconds * this.#speed && !video.ended) return;
    const { next } = this.#after(current);
    if (next) {
      this.#happen({ kind: 'hole', atMs: current.endMs, untilMs: next.startMs });
    } else if (!this.#footage.growing) {
      this.#happen({ kind: 'seek', atMs: current.endMs + 1, plays: true });
    } else if (this.#speed > 1 && this.#options.nowMs() - current.endMs < presentMs) {
      this.live();
    }
  }

  #after(piece: Piece): { next: Piece | undefined } {
    return { next: this.#footage.pieces.find((one) => one.startMs > piece.startMs) };
  }

  #applySpeed(): void {
    const { video } = this.#screen;
    video.playbackRate = showsKeyframesOnly(this.#speed) ? 1 : this.#speed;
    // A new source starts at this one.
    video.defaultPlaybackRate = video.playbackRate;
    video.muted = this.#muted || !hasSound(this.#speed);
  }

  #tellSometimes(): void {
    if (performance.now() - this.#toldMs > tellEveryMs) this.#tell();
  }

  #tell(): void {
    this.#toldMs = performance.now();
    this.#look = this.#makeLook();
    this.#options.onChange();
  }

  #makeLook(): RecordedLook {
    const moving = this.#state.kind === 'playing' || this.#state.kind === 'opening';
    const waiting = moving && performance.now() - this.#pictureMs > waitingAfterMs;
    return { state: this.#state, speed: this.#speed, muted: this.#muted, waiting };
  }
}
