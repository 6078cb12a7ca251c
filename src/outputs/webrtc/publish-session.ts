/**
 * One publisher (WHIP), from the offer to the end: what it sends becomes the camera's picture.
 *
 * Promise: whatever goes wrong, the camera's place is given back, once.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { PublishedMedia } from '../../hub/published-media.ts';
import type { Publish, PublishRefusal } from '../../hub/publishing.ts';
import { chooseTracks } from '../../media/ingest/offer.ts';
import { writeRtcp } from '../../media/rtcp/write.ts';
import { uint32 } from '../../media/rtp/bytes.ts';
import { writeAnswer } from '../../media/sdp/webrtc/answer.ts';
import type { WebRtcOffer } from '../../media/sdp/webrtc/offer.ts';
import { connect } from './connecting.ts';
import type { AgreedToTake } from './negotiate-publish.ts';
import { agreeToTake } from './negotiate-publish.ts';
import type { WebRtcRefusal } from './stream.ts';
import type { WebRtcWorker, WorkerConnection } from './worker.ts';

export interface PublishRequest {
  /** Id or name, as the client wrote it. */
  readonly camera: string;
  readonly offer: WebRtcOffer;
  readonly address: string;
}

export interface PublishParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly worker: WebRtcWorker;
  readonly publish: Publish;
  /** 32 random bits, never 0. */
  readonly ssrc: () => number;
  readonly cname: string;
  readonly moreCandidates: (candidates: readonly string[]) => readonly string[];
  readonly reorderMs: () => number;
  readonly onEnd: () => void;
}

/** RFC 5761, 4: what is left of the second byte after the marker bit tells RTCP from RTP. */
const firstRtcpType = 64;
const lastRtcpType = 95;
/** As much as a camera of this kind sends; without a word from us browsers stay below 1 Mbit/s for minutes. */
const wantedBps = 8_000_000;

export class PublishSession {
  readonly #request: PublishRequest;
  readonly #parts: PublishParts;
  readonly #ssrc: number;
  #agreed: AgreedToTake | undefined;
  #media: PublishedMedia | undefined;
  /** Of the sender's first track, from its packets. */
  #pictureSsrc: number | undefined;
  #connection: WorkerConnection | undefined;
  #over: string | undefined;

  constructor(request: PublishRequest, parts: PublishParts) {
    this.#request = request;
    this.#parts = parts;
    this.#ssrc = parts.ssrc();
  }

  /** The answer. When it is refused the session is over. */
  async begin(): Promise<Result<string, WebRtcRefusal>> {
    const answer = await this.#answer();
    if (!answer.ok) this.end(answer.error.detail);
    return answer;
  }

  end(reason: string): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#media?.leave(reason);
    this.#connection?.close();
    this.#parts.onEnd();
  }

  async #answer(): Promise<Result<string, WebRtcRefusal>> {
    const { offer } = this.#request;
    const { clock, worker, cname, moreCandidates } = this.#parts;
    const agreed = agreeToTake(offer);
    if (!agreed.ok) return agreed;
    this.#agreed = agreed.value;
    const media = this.#publish(agreed.value);
    if (!media.ok) return err(publishRefusal(media.error));
    this.#media = media.value;
    const hooks = {
      connected: () => undefined,
      figures: () => undefined,
      packet: (bytes: Uint8Array) => this.#packet(bytes),
      gone: (reason: string) => this.end(reason),
    };
    const connected = await connect(clock, hooks, (all) => worker.publish(offer.transport, all));
    if (!connected.ok) return connected;
    const { connection, local } = connected.value;
    if (this.#over !== undefined) {
      connection.close();
      return err({ status: 503, code: 'camera-gone', detail: this.#over });
    }
    this.#connection = connection;
    const candidates = [...local.candidates, ...moreCandidates(local.candidates)];
    const { sections } = agreed.value;
    return ok(writeAnswer({ offer, local: { ...local, candidates }, sections, cname }));
  }

  #publish({ description }: AgreedToTake): Result<PublishedMedia, PublishRefusal> {
    const { camera, address } = this.#request;
    const { clock, log, publish, reorderMs } = this.#parts;
    const tracks = chooseTracks(description, 'publisher').tracks;
    return PublishedMedia.begin({
      publish,
      camera,
      transport: 'WHIP',
      address,
      tracks: tracks.map((offered) => ({ offered, lower: 'udp' })),
      clock,
      log,
      ssrc: this.#ssrc,
      asksKeyframes: true,
      reorderMs,
      send: (_track, rtcp) => this.#send(rtcp),
      onOver: (reason) => this.end(reason),
    });
  }

  /** A report goes out with how much we would take: nobody else tells the sender. */
  #send(rtcp: Uint8Array): void {
    this.#connection?.send(rtcp);
    if (!this.#agreed?.paces || this.#pictureSsrc === undefined) return;
    const ssrcs = [this.#pictureSsrc];
    this.#connection?.send(
      writeRtcp([
        { kind: 'receiver-report', ssrc: this.#ssrc, blocks: [] },
        { kind: 'maximum-bitrate', sender: this.#ssrc, bitsPerSecond: wantedBps, ssrcs },
      ]),
    );
  }

  #packet(bytes: Uint8Array): void {
    const type = (bytes[1] ?? 0) & 0x7f;
    if (type >= firstRtcpType && type <= lastRtcpType) return this.#media?.sharedRtcp(bytes);
    const track = this.#agreed?.payloadTypes.indexOf(type) ?? -1;
    if (track === 0) this.#pictureSsrc ??= uint32(bytes, 8);
    if (track >= 0) this.#media?.packet(track, 'rtp', bytes);
  }
}

function publishRefusal({ kind }: PublishRefusal): WebRtcRefusal {
  switch (kind) {
    case 'unknown':
      return { status: 404, code: 'camera-not-found', detail: 'There is no such camera.' };
    case 'not-push':
      return {
        status: 403,
        code: 'not-push',
        detail: 'This camera fetches its picture itself; nothing can be sent to it.',
      };
    case 'disabled':
      return {
        status: 503,
        code: 'camera-disabled',
        detail: 'The camera is switched off.',
        retryAfterSeconds: 10,
      };
    case 'taken':
      return { status: 409, code: 'taken', detail: 'Somebody sends to this camera already.' };
  }
}
