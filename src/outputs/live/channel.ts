/**
 * One picture of one viewer: what it is sent, and what it misses when it is too slow.
 *
 * In:  messages of a feed. Out: the same messages, on the viewer's socket. Promises: it begins at a keyframe; when too
 * much waits in the socket, whole units are left out up to a keyframe, counted and told; other viewers do not notice.
 */
import type { ViewerFigures } from '../../hub/viewers.ts';
import { unknownNetwork } from '../../hub/viewers.ts';
import type { Feed, FeedMessage, FeedReader, FeedTracks } from './feed.ts';
import type { ServerMessage } from './messages.ts';
import type { SendBudget } from './send-budget.ts';
import type { ViewerSocket } from './stream.ts';

export interface ChannelParts {
  readonly socket: ViewerSocket;
  readonly number: number;
  readonly source: 'main' | 'sub';
  readonly targetMs: () => number;
  readonly budget: SendBudget;
  /** It is over, for the reason that the viewer was told. */
  readonly onEnd: () => void;
}

export class Channel implements FeedReader {
  readonly #parts: ChannelParts;
  #leave: (() => void) | undefined;
  #over = false;
  /** What came with joining is sent whole: it is what makes the start fast. */
  #joining = false;
  #waitingForKey = true;
  #behind = false;
  #bytesSent = 0;
  #unitsDropped = 0;
  /** Of these, not yet told. */
  #untold = 0;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  get number(): number {
    return this.#parts.number;
  }

  join(feed: Feed): void {
    this.#joining = true;
    const joined = feed.join(this);
    this.#joining = false;
    this.#parts.budget.joined();
    if (this.#over) joined.leave();
    else this.#leave = () => joined.leave();
  }

  figures(): ViewerFigures {
    const { bytesSent, unitsDropped } = { bytesSent: this.#bytesSent, unitsDropped: this.#unitsDropped };
    return { bytesSent, unitsDropped, errors: 0, network: unknownNetwork };
  }

  /** Ends it; the viewer is told when there is something to tell. */
  end(code?: string, detail = ''): void {
    if (this.#over) return;
    this.#over = true;
    this.#leave?.();
    if (code !== undefined) this.tell({ type: 'problem', channel: this.number, code, detail });
    this.#parts.onEnd();
  }

  tell(message: ServerMessage): void {
    this.#parts.socket.send(JSON.stringify(message));
  }

  onTracks(tracks: FeedTracks, init: Uint8Array | undefined): void {
    if (this.#over) return;
    this.#waitingForKey = true;
    const { number: channel, source, targetMs } = this.#parts;
    this.tell({ type: 'tracks', channel, source, targetMs: targetMs(), ...tracks });
    if (init) this.#send(init);
  }

  onCached(messages: readonly FeedMessage[]): void {
    for (const message of messages) this.onMessage(message);
  }

  onMessage(message: FeedMessage): void {
    if (this.#over) return;
    const { budget } = this.#parts;
    if (!this.#joining && !this.#behind && budget.isExceeded(this.#bytesSent)) {
      this.#behind = true;
      this.#waitingForKey = true;
    }
    if (this.#waitingForKey && !(message.key && (!this.#behind || budget.hasRecovered()))) {
      if (this.#behind) this.#drop();
      return;
    }
    this.#waitingForKey = false;
    if (this.#behind) this.#catchUp();
    this.#send(message.bytes);
  }

  onEnd(code: string, reason: string): void {
    this.end(code, reason);
  }

  #send(bytes: Uint8Array): void {
    this.#bytesSent += bytes.length;
    this.#parts.budget.sent(bytes.length);
    this.#parts.socket.send(bytes);
  }

  #drop(): void {
    this.#unitsDropped += 1;
    this.#untold += 1;
  }

  #catchUp(): void {
    this.#behind = false;
    this.tell({ type: 'drop', channel: this.number, units: this.#untold, unitsInAll: this.#unitsDropped });
    this.#untold = 0;
  }
}
