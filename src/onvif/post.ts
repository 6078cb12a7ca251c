/**
 * One POST to a device: an address and a text in, its answer or a fault in plain words out.
 *
 * Promise: only addresses the policy permits are connected to, redirects are not followed, the answer is bounded, and
 * all of it ends by the deadline.
 */
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { AddressPolicy } from '../io/net/address-policy.ts';
import { connectTcp, connectTls } from '../io/net/connect.ts';
import type { NetFault } from '../io/net/fault.ts';
import { faultOfSocketError, netFault } from '../io/net/fault.ts';
import { maxXmlCharacters } from './xml.ts';

export interface PostParts {
  readonly policy: AddressPolicy;
  readonly clock: Clock;
  /** Ends everything early. */
  readonly signal: AbortSignal;
  /** For each request. */
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Values of WWW-Authenticate. */
  readonly challenges: readonly string[];
}

/** Digest challenges of real cameras are below 1 KiB. */
const maxHeaderBytes = 16 * 1024;

/**
 * @param url http: or https: without credentials
 * @param headers besides Host, Content-Type and Content-Length
 */
export async function post(
  parts: PostParts,
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result<Answer, NetFault>> {
  const opened = await open(parts, url);
  if (!opened.ok) return opened;
  const socket = opened.value;
  const { promise, resolve } = Promise.withResolvers<Result<Answer, NetFault>>();
  const timer = parts.clock.after(parts.timeoutMs, () => resolve(err(tooSlow(url))));
  const onAbort = (): void => resolve(err(tooSlow(url)));
  parts.signal.addEventListener('abort', onAbort, { once: true });
  const sent = httpRequest({
    method: 'POST',
    path: url.pathname + url.search,
    host: url.hostname,
    port: portOf(url),
    headers: { 'content-type': 'application/soap+xml; charset=utf-8', connection: 'close', ...headers },
    maxHeaderSize: maxHeaderBytes,
    createConnection: () => socket,
  });
  sent.on('error', (error) => resolve(err(faultOfSocketError(error, url.host))));
  sent.on('response', (response) => void read(response, url).then(resolve));
  sent.end(body);
  const result = await promise;
  timer.cancel();
  parts.signal.removeEventListener('abort', onAbort);
  sent.destroy();
  socket.destroy();
  return result;
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** A name or an address, without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Cameras sign their own certificates: what is checked is only that nobody merely listens in. */
function open(parts: PostParts, url: URL): Promise<Result<Socket, NetFault>> {
  const options = { ...parts, host: hostOf(url), port: portOf(url) };
  return url.protocol === 'https:' ? connectTls({ ...options, verify: false }) : connectTcp(options);
}

async function read(response: IncomingMessage, url: URL): Promise<Result<Answer, NetFault>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxXmlCharacters) return err(netFault('ended', `${url.host} answers without an end.`));
      chunks.push(chunk);
    }
  } catch (error) {
    return err(faultOfSocketError(error, url.host));
  }
  const challenges = response.headersDistinct['www-authenticate'] ?? [];
  return ok({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), challenges });
}

function tooSlow(url: URL): NetFault {
  return netFault('timeout', `${url.host} did not answer in time. Is the device switched on?`);
}
