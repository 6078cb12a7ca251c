/**
 * The live WebSocket: one for each server, token and page, shared by all players. In: subscriptions. Out: messages and media
 * of each. Opens with the first subscription, closes a little after the last; never opens again by itself.
 * The protocol is `src/api/contract/live.ts`.
 */
import type { ClientMessage, ServerMessage } from '../../src/api/contract/live.ts';
import type { Address } from './transport.ts';

export type Subscription = Omit<Extract<ClientMessage, { type: 'subscribe' }>, 'type' | 'channel'>;

export interface MediaHead {
  readonly kind: number;
  /** Decoding can begin here. */
  readonly key: boolean;
  /** Server time, Unix ms; 0 for an init segment, as is the next. */
  readonly captureMs: number;
  readonly presentationMs: number;
}

export interface ChannelEvents {
  message(message: ServerMessage): void;
  media(head: MediaHead, bytes: Uint8Array): void;
  /** The connection is gone, and the channel with it. */
  closed(): void;
}

interface Channel {
  readonly events: ChannelEvents;
  feed: number | undefined;
}

const protocol = 'sightline.live.1';
const path = '/ws/live';
const headBytes = 24;
export const kinds = { init: 1, fragment: 2, jpeg: 3 } as const;
/** The next picture of a page often follows the last one. */
const lingerMs = 3000;
/** A proxy may swallow the handshake. */
const openWithinMs = 8000;
const lastChannel = 65_535;

class LiveSocket {
  readonly #socket: WebSocket;
  readonly #channels = new Map<number, Channel>();
  readonly #onClose: () => void;
  #next = 0;
  #timer: number;

  constructor(url: string, onClose: () => void) {
    this.#onClose = onClose;
    this.#socket = new WebSocket(url.replace(/^http/, 'ws'), protocol);
    this.#socket.binaryType = 'arraybuffer';
    this.#timer = window.setTimeout(() => this.#end(), openWithinMs);
    // Without channels the clock that runs is the one that closes it.
    this.#socket.onopen = () => this.#channels.size > 0 && window.clearTimeout(this.#timer);
    this.#socket.onclose = () => this.#end();
    this.#socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') this.#onText(data);
      else this.#onMedia(data);
    };
  }

  subscribe(subscription: Subscription, events: ChannelEvents): () => void {
    if (this.#channels.size === 0 && this.#socket.readyState === WebSocket.OPEN)
      window.clearTimeout(this.#timer);
    while (this.#channels.has(this.#next)) this.#next = (this.#next + 1) % lastChannel;
    const channel = this.#next;
    this.#next = (this.#next + 1) % lastChannel;
    this.#channels.set(channel, { events, feed: undefined });
    this.#say({ type: 'subscribe', channel, ...subscription });
    return () => {
      if (!this.#channels.delete(channel)) return;
      this.#say({ type: 'unsubscribe', channel });
      if (this.#channels.size > 0) return;
      window.clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#end(), lingerMs);
    };
  }

  #say(message: ClientMessage): void {
    const socket = this.#socket;
    const send = () => socket.send(JSON.stringify(message));
    if (socket.readyState === WebSocket.OPEN) send();
    // In order: listeners are called as they were added.
    else if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener('open', send);
  }

  #onText(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    const channel = this.#channels.get(message.channel ?? -1);
    if (message.type === 'tracks' && channel) channel.feed = message.feed;
    channel?.events.message(message);
  }

  #onMedia(data: ArrayBuffer): void {
    const view = new DataView(data);
    const feed = view.getUint32(4);
    const head: MediaHead = {
      kind: view.getUint8(0),
      key: (view.getUint8(1) & 1) === 1,
      captureMs: view.getFloat64(8),
      presentationMs: view.getFloat64(16),
    };
    const bytes = new Uint8Array(data, headBytes);
    for (const channel of this.#channels.values()) {
      if (channel.feed === feed) channel.events.media(head, bytes);
    }
  }

  #end(): void {
    window.clearTimeout(this.#timer);
    this.#socket.onclose = this.#socket.onmessage = null;
    this.#socket.close();
    this.#onClose();
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const { events } of channels) events.closed();
  }
}

const sockets = new Map<string, LiveSocket>();

/** @returns ends the subscription; harmless when it has ended. */
export function subscribe(
  { server, query }: Address,
  subscription: Subscription,
  events: ChannelEvents,
): () => void {
  const url = server + path + query;
  let socket = sockets.get(url);
  if (!socket) sockets.set(url, (socket = new LiveSocket(url, () => sockets.delete(url))));
  return socket.subscribe(subscription, events);
}
