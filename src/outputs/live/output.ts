/**
 * The live WebSocket: many cameras on one connection, each picture packed once for everybody.
 *
 * In:  sockets, and what their viewers ask for. Out: feeds, shared by all sockets. Limits are in `options.ts`.
 */
import type { Clock } from '../../base/clock.ts';
import type { Stream } from '../../hub/stream.ts';
import type { Feed } from './feed.ts';
import { JpegFeed } from './jpeg-feed.ts';
import type { Subscribe } from './messages.ts';
import { Mp4Feed } from './mp4-feed.ts';
import { maxSockets } from './options.ts';
import { Session, feedKey } from './session.ts';
import type { LiveParts, ViewerSocket } from './stream.ts';

export class LiveOutput {
  readonly #clock: Clock;
  readonly #live: LiveParts;
  readonly #sessions = new Set<Session>();
  readonly #feeds = new Map<string, Feed>();
  #nextFeed = 1;

  constructor(clock: Clock, live: LiveParts) {
    this.#clock = clock;
    this.#live = live;
  }

  get sockets(): number {
    return this.#sessions.size;
  }

  /** Feeds that are being made. */
  get feeds(): number {
    return this.#feeds.size;
  }

  /** Undefined when there are too many; the socket was closed then. */
  open(socket: ViewerSocket): Session | undefined {
    if (this.#sessions.size >= maxSockets) {
      socket.close(1013, 'Too many viewers'); // RFC 6455, registry: try again later
      return undefined;
    }
    const session: Session = new Session(socket, {
      clock: this.#clock,
      live: this.#live,
      feed: (stream, wanted, copy) => this.#feed(stream, wanted, copy),
      onClose: () => void this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    return session;
  }

  /** For the hub: a stream has another state. */
  stateChanged(streamId: string): void {
    for (const session of this.#sessions) session.stateChanged(streamId);
  }

  close(): void {
    for (const session of this.#sessions) session.shutDown();
  }

  #feed(stream: Stream, wanted: Subscribe, copy: number): Feed | undefined {
    const key = `${feedKey(stream.id, wanted)} ${copy}`;
    const known = this.#feeds.get(key);
    if (known) return known;
    const made = this.#make(stream, wanted, () => {
      if (this.#feeds.get(key) === made) this.#feeds.delete(key);
    });
    if (made) this.#feeds.set(key, made);
    return made;
  }

  #make(stream: Stream, wanted: Subscribe, onEmpty: () => void): Feed | undefined {
    const nextNumber = (): number => {
      this.#nextFeed = (this.#nextFeed % 0xffff_ffff) + 1;
      return this.#nextFeed;
    };
    if (wanted.format === 'mp4') return new Mp4Feed(stream, nextNumber, onEmpty);
    const { pictures } = this.#live;
    if (!pictures) return undefined;
    const options = { widthPixels: wanted.width, framesPerSecond: wanted.fps, quality: wanted.quality };
    return new JpegFeed({ stream, options, pictures, nextNumber, onEmpty });
  }
}
