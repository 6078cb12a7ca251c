/**
 * Questions to an RTSP server, one after the other: method and address in, the answer or a fault out.
 * A connection that the server closed between two questions is opened anew.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { AddressPolicy } from '../../io/net/address-policy.ts';
import { connectTcp } from '../../io/net/connect.ts';
import type { NetFault } from '../../io/net/fault.ts';
import { hostAndPort, netFault } from '../../io/net/fault.ts';
import type { RtspResponse } from '../../media/rtsp/message.ts';
import { emptyBody, writeRequest } from '../../media/rtsp/message.ts';
import { RtspParser } from '../../media/rtsp/parser.ts';

export interface TalkParts {
  readonly policy: AddressPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly host: string;
  readonly port: number;
  /** For the connection, and for each answer. */
  readonly timeoutMs: number;
}

export type TalkFault = Pick<NetFault, 'message'> & { readonly kind: NetFault['kind'] | 'not-rtsp' };

export class RtspTalk {
  readonly #parts: TalkParts;
  #socket: Socket | undefined;
  #cseq = 0;

  constructor(parts: TalkParts) {
    this.#parts = parts;
  }

  async ask(method: string, url: string, authorization?: string): Promise<Result<RtspResponse, TalkFault>> {
    if (!this.#socket || this.#socket.destroyed || this.#socket.readableEnded) {
      const opened = await connectTcp(this.#parts);
      if (!opened.ok) return opened;
      // Its end is heard of by `close`.
      this.#socket = opened.value.on('error', ignore);
    }
    this.#cseq += 1;
    const headers: [string, string][] = [
      ['CSeq', String(this.#cseq)],
      ['User-Agent', 'Sightline'],
    ];
    if (method === 'DESCRIBE') headers.push(['Accept', 'application/sdp']);
    if (authorization !== undefined) headers.push(['Authorization', authorization]);
    const answer = await this.#exchange(
      this.#socket,
      writeRequest({ method, url, headers, body: emptyBody }),
    );
    if (!answer.ok) this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #exchange(socket: Socket, request: Uint8Array): Promise<Result<RtspResponse, TalkFault>> {
    const { clock, signal, host, port, timeoutMs } = this.#parts;
    const where = hostAndPort(host, port);
    const parser = new RtspParser({ resynchronise: false });
    const { promise, resolve } = Promise.withResolvers<Result<RtspResponse, TalkFault>>();
    const gone = (): void => resolve(err(netFault('ended', `${where} closed the connection.`)));
    const late = (): void => resolve(err(netFault('timeout', `${where} did not answer in time.`)));
    const read = (chunk: Uint8Array): void => {
      for (const item of parser.push(chunk)) {
        if (item.kind === 'response') resolve(ok(item));
        if (item.kind === 'fault')
          resolve(err({ kind: 'not-rtsp', message: `What answers at ${where} speaks no RTSP.` }));
      }
    };
    const timer = clock.after(timeoutMs, late);
    signal.addEventListener('abort', late, { once: true });
    socket.on('data', read).on('close', gone);
    socket.write(request);
    return promise.finally(() => {
      timer.cancel();
      signal.removeEventListener('abort', late);
      socket.off('data', read).off('close', gone);
    });
  }
}

function ignore(): void {}
