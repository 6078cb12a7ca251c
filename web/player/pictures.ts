/**
 * Single pictures, for when no video plays: JPEG frames over the live WebSocket, or a snapshot every second or two;
 * the last picture of a camera that is off; the picture on the screen as a file. Loaded when it is wanted.
 */
import type { ServerMessage } from '../../src/api/contract/live.ts';
import { failureFrom } from './answers.ts';
import { cameraFailure, plain } from './failure.ts';
import type { Failure } from './failure.ts';
import { kinds, subscribe } from './live-socket.ts';
import type { MediaHead } from './live-socket.ts';
import type { Address, Screen, ShownFrame, Transport, TransportEvents } from './transport.ts';

const framesPerSecond = 10;
const jpegQuality = 70;
const widestPixels = 1280;
const snapshotPauseMs = 1000;
/** Where the visitor asked the browser to save data. */
const savingPauseMs = 2000;
const answerLimitMs = 15_000;

/** What both ways have in common: a canvas, and at most one picture being decoded. */
abstract class Pictures implements Transport {
  readonly #canvas: HTMLCanvasElement;
  readonly #events: TransportEvents;
  #decoding = false;
  #unreadable = 0;
  protected over = false;

  constructor(canvas: HTMLCanvasElement, events: TransportEvents) {
    this.#canvas = canvas;
    this.#events = events;
    // After the constructor: who hears of a failure stops this transport.
    queueMicrotask(() => this.over || this.begin());
  }

  captureMs(_frame: ShownFrame): undefined {
    return undefined;
  }

  limits(): undefined {
    return undefined;
  }

  liveSeconds(): undefined {
    return undefined;
  }

  stop(): void {
    this.over = true;
  }

  protected abstract begin(): void;

  protected ready(): void {
    this.#events.sound(false);
    this.#events.ready();
  }

  protected fail(failure: Failure): void {
    if (this.over) return;
    this.over = true;
    this.#events.failed(failure);
  }

  /** Leaves a picture out while the one before is decoded. */
  protected async show(picture: Blob, captureMs: number | undefined): Promise<void> {
    if (this.#decoding) return;
    this.#decoding = true;
    try {
      const bitmap = await createImageBitmap(picture);
      this.#unreadable = 0;
      if (this.over) return;
      paint(this.#canvas, bitmap);
      this.#events.drawn(captureMs);
    } catch {
      if (++this.#unreadable > 5) this.fail(plain('The pictures cannot be read', 'media'));
    } finally {
      this.#decoding = false;
    }
  }
}

class JpegTransport extends Pictures {
  readonly #address: Address;
  #leave: (() => void) | undefined;

  constructor(canvas: HTMLCanvasElement, address: Address, events: TransportEvents) {
    super(canvas, events);
    this.#address = address;
  }

  override stop(): void {
    super.stop();
    this.#leave?.();
  }

  protected begin(): void {
    const { camera, source, widthPixels } = this.#address;
    const wanted = { camera, source, width: pictureWidth(widthPixels), format: 'jpeg' } as const;
    const events = {
      message: (message: ServerMessage) => this.#onMessage(message),
      media: ({ kind, captureMs }: MediaHead, bytes: Uint8Array) => {
        if (kind === kinds.jpeg) void this.show(jpegBlob(bytes), captureMs || undefined);
      },
      closed: () => this.fail(plain('The live connection is closed', 'unreachable')),
    };
    this.#leave = subscribe(this.#address, { ...wanted, fps: framesPerSecond, quality: jpegQuality }, events);
  }

  #onMessage(message: ServerMessage): void {
    if (message.type === 'tracks') this.ready();
    if (message.type === 'problem') this.fail(plain(message.detail, message.code));
    const failure = message.type === 'state' && cameraFailure(message);
    if (failure) this.fail(failure);
  }
}

class SnapshotTransport extends Pictures {
  readonly #address: Address;
  #timer: number | undefined;

  constructor(canvas: HTMLCanvasElement, address: Address, events: TransportEvents) {
    super(canvas, events);
    this.#address = address;
  }

  override stop(): void {
    super.stop();
    window.clearTimeout(this.#timer);
  }

  protected begin(): void {
    void this.#take().then(() => {
      if (this.over) return;
      const { connection } = navigator as { connection?: { saveData?: boolean } };
      const pauseMs = connection?.saveData === true ? savingPauseMs : snapshotPauseMs;
      this.#timer = window.setTimeout(() => this.begin(), pauseMs);
    });
  }

  async #take(): Promise<void> {
    const taken = await takeSnapshot(this.#address, 'refuse');
    if (!('picture' in taken)) return this.fail(taken);
    this.ready();
    await this.show(taken.picture, taken.captureMs);
  }
}

export const startJpeg = (...words: ConstructorParameters<typeof JpegTransport>): Transport =>
  new JpegTransport(...words);

export const startSnapshots = (...words: ConstructorParameters<typeof SnapshotTransport>): Transport =>
  new SnapshotTransport(...words);

interface Snapshot {
  readonly picture: Blob;
  readonly captureMs: number | undefined;
}

/** @param stale `allow`: the last one there was, of a camera that is away. */
async function takeSnapshot(address: Address, stale: 'allow' | 'refuse'): Promise<Snapshot | Failure> {
  const { server, camera, source, widthPixels } = address;
  const path = `${server}/api/v1/cameras/${encodeURIComponent(camera)}/snapshot.jpg`;
  const query = `?width=${pictureWidth(widthPixels)}&stale=${stale}${source === 'sub' ? '&source=sub' : ''}`;
  try {
    const answer = await fetch(path + query + address.query.replace('?', '&'), {
      cache: 'no-store',
      signal: AbortSignal.timeout(answerLimitMs),
    });
    if (!answer.ok) return failureFrom(answer.status, await answer.text());
    const captureMs = Date.parse(answer.headers.get('x-capture-time') ?? '');
    return { picture: await answer.blob(), captureMs: Number.isNaN(captureMs) ? undefined : captureMs };
  } catch {
    return plain('The server does not answer', 'unreachable');
  }
}

/**
 * The newest picture the server has of a camera that sends none now.
 * @returns false when there is none.
 */
export async function paintLastPicture(address: Address, canvas: HTMLCanvasElement): Promise<boolean> {
  const taken = await takeSnapshot(address, 'allow');
  if (!('picture' in taken)) return false;
  const bitmap = await createImageBitmap(taken.picture).catch(() => undefined);
  return bitmap !== undefined && paint(canvas, bitmap);
}

/** Saves what is on the screen, in its full size, as `Name 2026-11-21 14-02-33.jpg`. @param atMs local Unix ms. */
export async function savePicture(screen: Screen, name: string, atMs: number): Promise<void> {
  const canvas = document.createElement('canvas');
  if (!paint(canvas, screen)) return;
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', 0.92));
  if (!blob) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName(name, atMs);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** What no file system takes is left out. */
export function fileName(name: string, atMs: number): string {
  const time = new Date(atMs);
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join('-');
  const safe = name.replaceAll(/[\s\\/:*?"<>|\p{Cc}]+/gu, ' ').trim();
  return `${safe === '' ? 'Camera' : safe} ${date} ${clock}.jpg`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** In its own size. @returns false when there is nothing to see. */
function paint(canvas: HTMLCanvasElement, picture: ImageBitmap | Screen): boolean {
  const [width, height] =
    'videoWidth' in picture ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height];
  if (width === 0 || height === 0) return false;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.getContext('2d')?.drawImage(picture, 0, 0);
  if ('close' in picture) picture.close();
  return true;
}

function pictureWidth(widthPixels: number): number {
  return Math.round(Math.min(widestPixels, Math.max(160, widthPixels)));
}

function jpegBlob(bytes: Uint8Array): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/jpeg' });
}
