/**
 * Each way of playing, and what it needs. In: a way, a screen, an address. Out: a transport.
 * Ways that few need are loaded when they are wanted.
 */
import { plain } from './failure.ts';
import type { Way } from './ladder.ts';
import { SocketTransport } from './socket-transport.ts';
import { mediaSourceClass } from './transport.ts';
import type { Address, Screen, ShownFrame, Transport, TransportEvents } from './transport.ts';

/** Which element a way draws on. */
export function screenKind(way: Way): 'video' | 'canvas' {
  return way === 'jpeg' || way === 'snapshots' ? 'canvas' : 'video';
}

/** Whether this browser has at all what a way is made of. */
export function isPossible(way: Way): boolean {
  if (way === 'webrtc') return 'RTCPeerConnection' in globalThis;
  return way !== 'socket' || mediaSourceClass() !== undefined;
}

/** @param serverNowMs the server's clock; undefined while it is unknown. */
export function startWay(
  way: Way,
  screen: Screen,
  address: Address,
  events: TransportEvents,
  serverNowMs: () => number | undefined,
): Transport {
  if (screen instanceof HTMLCanvasElement) {
    const pictures = import('./pictures.ts');
    return new LazyTransport(
      pictures.then(({ startJpeg, startSnapshots }) => {
        return () => (way === 'jpeg' ? startJpeg : startSnapshots)(screen, address, events);
      }),
      events,
    );
  }
  if (way === 'socket') return new SocketTransport(screen, address, events);
  if (way === 'webrtc') {
    const webrtc = import('./webrtc-transport.ts');
    return new LazyTransport(
      webrtc.then(({ WebRtcTransport }) => {
        return () => new WebRtcTransport(screen, address, events, serverNowMs);
      }),
      events,
    );
  }
  const hls = import('./hls-transport.ts');
  return new LazyTransport(
    hls.then(
      ({ start }) =>
        () =>
          start(screen, address, events),
    ),
    events,
  );
}

/** Stands in for a transport whose code is on its way. */
class LazyTransport implements Transport {
  #inner: Transport | undefined;
  #targetMs: number | undefined;
  #over = false;

  constructor(loaded: Promise<() => Transport>, events: TransportEvents) {
    loaded.then(
      (start) => {
        if (this.#over) return;
        this.#inner = start();
        if (this.#targetMs !== undefined) this.aim(this.#targetMs);
      },
      () => {
        if (!this.#over) events.failed(plain('The player could not be loaded', 'unreachable'));
      },
    );
  }

  captureMs(frame: ShownFrame): number | undefined {
    return this.#inner?.captureMs(frame);
  }

  limits(): ReturnType<Transport['limits']> {
    return this.#inner?.limits();
  }

  liveSeconds(): number | undefined {
    return this.#inner?.liveSeconds();
  }

  aim(targetMs: number): void {
    this.#targetMs = targetMs;
    this.#inner?.aim?.(targetMs);
  }

  stop(): void {
    this.#over = true;
    this.#inner?.stop();
  }
}
