/**
 * A stream as JPEG pictures, for browsers and codecs where video does not work. Each picture is a key.
 */
import type { MovingPictureOptions, Picture, PictureSink, Pictures } from '../../hub/pictures.ts';
import type { Stream } from '../../hub/stream.ts';
import type { Feed, FeedMessage, FeedReader, FeedTracks } from './feed.ts';
import { binaryKind, binaryMessage } from './messages.ts';

export class JpegFeed implements Feed, PictureSink {
  readonly #stream: Stream;
  readonly #options: MovingPictureOptions;
  readonly #pictures: Pictures;
  readonly #nextNumber: () => number;
  readonly #onEmpty: () => void;
  #readers: readonly FeedReader[] = [];
  #watching: { close(): void } | undefined;
  #tracks: FeedTracks | undefined;
  #newest: FeedMessage | undefined;

  constructor(parts: {
    readonly stream: Stream;
    readonly options: MovingPictureOptions;
    readonly pictures: Pictures;
    readonly nextNumber: () => number;
    readonly onEmpty: () => void;
  }) {
    this.#stream = parts.stream;
    this.#options = parts.options;
    this.#pictures = parts.pictures;
    this.#nextNumber = parts.nextNumber;
    this.#onEmpty = parts.onEmpty;
  }

  join(reader: FeedReader): { leave(): void } {
    this.#readers = [...this.#readers, reader];
    if (this.#tracks) reader.onTracks(this.#tracks, undefined);
    if (this.#newest) reader.onCached([this.#newest]);
    if (!this.#watching) this.#watch();
    return { leave: () => this.#leave(reader) };
  }

  picture(picture: Picture): void {
    const { widthPixels: width, heightPixels: height, captureMs } = picture;
    const known = this.#tracks?.video;
    if (!this.#tracks || known?.width !== width || known.height !== height) this.#announce(width, height);
    const feed = this.#tracks?.feed ?? 0;
    const head = { kind: binaryKind.jpeg, key: true, feed, captureMs, presentationMs: captureMs };
    this.#newest = { bytes: binaryMessage(head, picture.bytes), key: true };
    for (const reader of this.#readers) reader.onMessage(this.#newest);
  }

  ended(reason: string): void {
    this.#watching = undefined;
    this.#endAll('no-pictures', reason);
  }

  #watch(): void {
    const watching = this.#pictures.watch(this.#stream, this.#options, this);
    if (watching.ok) this.#watching = watching.value;
    else this.#endAll(watching.error.kind, watching.error.message);
  }

  #announce(width: number, height: number): void {
    const video = { codec: 'jpeg', width, height };
    this.#tracks = { feed: this.#nextNumber(), mime: 'image/jpeg', video, audio: null, note: null };
    for (const reader of this.#readers) reader.onTracks(this.#tracks, undefined);
  }

  #leave(reader: FeedReader): void {
    if (!this.#readers.includes(reader)) return;
    this.#readers = this.#readers.filter((other) => other !== reader);
    if (this.#readers.length > 0) return;
    this.#watching?.close();
    this.#watching = undefined;
    this.#onEmpty();
  }

  #endAll(code: string, reason: string): void {
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader.onEnd(code, reason);
    this.#onEmpty();
  }
}
