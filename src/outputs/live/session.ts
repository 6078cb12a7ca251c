/**
 * One viewer's socket: its channels, and when it has to go.
 *
 * In:  messages that were checked, and a clock. Out: channels that join and leave feeds. Promises: bounded channels; a
 * socket that takes nothing is closed; nothing is sent after the end.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import { latencyFigures } from '../../hub/latency.ts';
import type { Stream } from '../../hub/stream.ts';
import { Channel } from './channel.ts';
import type { Feed } from './feed.ts';
import type { ServerMessage, Subscribe, ViewerMessage } from './messages.ts';
import { checkMs, maxChannels, maxMessagesPerSecond, smallPictureWidth, stalledMs } from './options.ts';
import { SendBudget } from './send-budget.ts';
import type { LiveParts, ViewerSocket } from './stream.ts';

export interface SessionParts {
  readonly clock: Clock;
  readonly live: LiveParts;
  /** The feed for what was asked. @param copy tells channels of this socket that ask for the same: each gets its own. */
  readonly feed: (stream: Stream, wanted: Subscribe, copy: number) => Feed | undefined;
  readonly onClose: () => void;
}

interface Open {
  readonly channel: Channel;
  readonly streamId: string;
  /** What the channel asked for, and which of a kind it is. */
  readonly key: string;
  readonly copy: number;
  readonly stream: Stream;
  /** What it was told of the camera's state. */
  told: string;
}

/** Close codes of RFC 6455, 7.4.1. */
const policyViolation = 1008;
const goingAway = 1001;

export class Session {
  readonly #socket: ViewerSocket;
  readonly #parts: SessionParts;
  readonly #budget: SendBudget;
  readonly #channels = new Map<number, Open>();
  #check: Timer | undefined;
  #lastWaiting = 0;
  #sinceMs: number;
  #messages = 0;
  #over = false;

  constructor(socket: ViewerSocket, parts: SessionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#budget = new SendBudget(socket, parts.clock);
    this.#sinceMs = parts.clock.monotonicMs();
    this.#checkLater();
  }

  /** @param message undefined when what came made no sense; `fault` says why. */
  receive(message: ViewerMessage | undefined, fault = ''): void {
    if (this.#over) return;
    this.#messages += 1;
    if (this.#messages > maxMessagesPerSecond) {
      this.close(policyViolation, 'Too many messages');
    } else if (!message) {
      this.#tell({ type: 'problem', channel: null, code: 'bad-message', detail: fault });
    } else if (message.type === 'unsubscribe') {
      this.#channels.get(message.channel)?.channel.end();
    } else {
      this.#subscribe(message);
    }
  }

  /** Its stream has another state now. */
  stateChanged(streamId: string): void {
    for (const open of this.#channels.values()) if (open.streamId === streamId) this.#tellState(open);
  }

  /** Ends the channels of streams that may not be shown here any more; their viewer is told why. */
  endWhere(isForbidden: (streamId: string) => boolean, reason: string): void {
    for (const { channel, streamId } of this.#channels.values()) {
      if (isForbidden(streamId)) channel.end('not-allowed', reason);
    }
  }

  /** The server is stopping. */
  shutDown(): void {
    this.close(goingAway, 'The server is stopping');
  }

  close(code: number, reason: string): void {
    if (this.#over) return;
    this.#socket.close(code, reason);
    this.closed();
  }

  /** The socket is gone. */
  closed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#check?.cancel();
    for (const { channel } of this.#channels.values()) channel.end();
    this.#parts.onClose();
  }

  #subscribe(wanted: Subscribe): void {
    const { channel: number } = wanted;
    const refuse = (code: string, detail: string): void =>
      this.#tell({ type: 'problem', channel: number, code, detail });
    if (this.#channels.has(number)) return refuse('channel-in-use', `Channel ${number} is in use.`);
    if (this.#channels.size >= maxChannels) {
      return refuse('too-many-channels', `One connection carries at most ${maxChannels} pictures.`);
    }
    const found = this.#parts.live.find(wanted.camera, sourceFor(wanted));
    if (!found.ok) {
      return found.error.kind === 'disabled'
        ? refuse('camera-disabled', 'The camera is switched off.')
        : refuse('not-found', 'There is no such camera.');
    }
    this.#open(wanted, found.value.stream, found.value.source, refuse);
  }

  #open(
    wanted: Subscribe,
    stream: Stream,
    source: 'main' | 'sub',
    refuse: (code: string, detail: string) => void,
  ): void {
    const { channel: number } = wanted;
    let admitted: { leave(): void } | undefined;
    const channel = new Channel({
      socket: this.#socket,
      number,
      source,
      targetMs: () => latencyFigures[stream.latency].targetMs,
      budget: this.#budget,
      onEnd: () => {
        admitted?.leave();
        if (this.#channels.get(number)?.channel === channel) this.#channels.delete(number);
      },
    });
    const admission = stream.admitViewer({
      output: 'live',
      address: this.#socket.address,
      client: this.#socket.client,
      transport: wanted.format === 'mp4' ? 'MP4 over WebSocket' : 'JPEG over WebSocket',
      figures: () => channel.figures(),
      end: (reason) => channel.end('ended', reason),
    });
    if (!admission.ok) {
      if (admission.error.kind === 'closed') return refuse('camera-gone', 'The camera was changed.');
      return refuse(
        'too-many-readers',
        `This camera may have ${admission.error.maxReaders} viewers at one time, and has them.`,
      );
    }
    admitted = admission.value;
    const key = feedKey(stream.id, wanted);
    const copy = this.#freeCopy(key);
    const feed = this.#parts.feed(stream, wanted, copy);
    if (!feed) {
      admitted.leave();
      return refuse('unavailable', 'This server makes no pictures: its media worker is missing.');
    }
    const open = { channel, streamId: stream.id, key, copy, stream, told: '' };
    this.#channels.set(number, open);
    channel.join(feed);
    // Joining starts an on-demand camera, or ends the channel at once.
    if (this.#channels.get(number) === open) this.#tellState(open);
  }

  /** The first one that no other channel of this socket has. */
  #freeCopy(key: string): number {
    const same = [...this.#channels.values()].filter((open) => open.key === key);
    const taken = new Set(same.map(({ copy }) => copy));
    let copy = 0;
    while (taken.has(copy)) copy += 1;
    return copy;
  }

  #tellState(open: Open): void {
    const { channel, stream } = open;
    const { state, reason, sinceMs, nextTryMs } = stream.status();
    const words = this.#socket.words ? this.#socket.words(open.streamId, state, reason) : reason;
    const news = `${state} ${words ?? ''} ${nextTryMs ?? 0}`;
    if (news === open.told) return;
    open.told = news;
    channel.tell({ type: 'state', channel: channel.number, state, reason: words, sinceMs, nextTryMs });
  }

  #tell(message: ServerMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  #checkLater(): void {
    this.#check = this.#parts.clock.after(checkMs, () => {
      this.#messages = 0;
      const waiting = this.#socket.bufferedBytes;
      // New pictures add to what waits; only a socket that takes none grows without end or stands still.
      const nowMs = this.#parts.clock.monotonicMs();
      if (waiting === 0 || waiting < this.#lastWaiting) this.#sinceMs = nowMs;
      this.#lastWaiting = waiting;
      if (nowMs - this.#sinceMs >= stalledMs) this.close(policyViolation, 'Too slow');
      else if (!this.#over) this.#checkLater();
    });
  }
}

/** For the registry of feeds: channels with the same key may share one. */
export function feedKey(streamId: string, wanted: Subscribe): string {
  const { format, width, fps, quality } = wanted;
  return format === 'mp4' ? `${streamId} mp4` : `${streamId} jpeg ${width ?? 0} ${fps} ${quality}`;
}

function sourceFor({ source, width }: Subscribe): 'main' | 'sub' {
  if (source !== 'auto') return source;
  return width !== undefined && width < smallPictureWidth ? 'sub' : 'main';
}
