/**
 * What the live WebSocket needs of others: a socket, and streams. `api` adapts the one, the hub has the other.
 */
import type { Result } from '../../base/result.ts';
import type { LatencyMode } from '../../hub/latency.ts';
import type { Pictures } from '../../hub/pictures.ts';
import type { StreamState } from '../../hub/status.ts';
import type { Stream } from '../../hub/stream.ts';

/** One connection, as far as this output cares. */
export interface ViewerSocket {
  readonly address: string;
  readonly client: string;
  /** Text, or bytes that are shared with other sockets and never changed. */
  send(message: string | Uint8Array): void;
  /** Bytes that were sent and not yet taken by the network. */
  readonly bufferedBytes: number;
  close(code: number, reason: string): void;
  /** What this viewer is told of why a stream is in its state; absent: all there is to say. */
  words?(streamId: string, state: StreamState, reason: string | null): string | null;
}

export type LiveStream = Pick<Stream, 'id' | 'attach' | 'admitViewer' | 'status' | 'tracks'> & {
  readonly latency: LatencyMode;
};

type NoStream = { readonly kind: 'not-found' } | { readonly kind: 'disabled' };

export interface LiveParts {
  /** The stream of a camera's source; `sub` falls back to `main` where there is none. */
  readonly find: (
    camera: string,
    source: 'main' | 'sub',
  ) => Result<{ readonly stream: Stream; readonly source: 'main' | 'sub' }, NoStream>;
  /** Undefined when this server makes no pictures. */
  readonly pictures: Pictures | undefined;
}
