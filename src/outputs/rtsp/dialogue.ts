/**
 * Which part answers which request: watching, or sending (RFC 2326, 10).
 */
import type { Clock } from '../../base/clock.ts';
import type { MonotonicMs } from '../../base/units.ts';
import type { RtspRequest } from '../../media/rtsp/message.ts';
import { header } from '../../media/rtsp/message.ts';
import type { Answer } from './answer.ts';
import { refusal, success } from './answer.ts';
import type { Dialogue } from './connection.ts';
import type { Visitor } from './door.ts';
import { sessionGraceMs, sessionTimeoutSeconds } from './options.ts';
import type { Sending } from './sending.ts';
import type { Viewing } from './viewing.ts';

type Handler = (request: RtspRequest, visitor: Visitor) => Answer | Promise<Answer>;

const noSequence = refusal(400, 'CSeq is missing');
const sendingOnly: Handler = () => refusal(455, 'this connection sends');

export class RtspDialogue implements Dialogue {
  readonly #clock: Clock;
  readonly #viewing: Viewing;
  readonly #sending: Sending;
  readonly #handlers: Readonly<Record<string, Handler>>;
  #heardMs: MonotonicMs;

  constructor(clock: Clock, viewing: Viewing, sending: Sending) {
    this.#clock = clock;
    this.#heardMs = clock.monotonicMs();
    this.#viewing = viewing;
    this.#sending = sending;
    const either = (sends: Handler, watches: Handler): Handler => {
      return (request, visitor) => (sending.isActive ? sends(request, visitor) : watches(request, visitor));
    };
    const watching = either(sendingOnly, (request, visitor) => viewing.control(request, visitor));
    const parameter = either(
      () => sending.parameter(),
      (request) => viewing.parameter(request),
    );
    this.#handlers = {
      OPTIONS: (request) => this.options(request),
      DESCRIBE: either(sendingOnly, (request, visitor) => viewing.describe(request, visitor)),
      ANNOUNCE: (request, visitor) =>
        viewing.isActive ? refusal(455, 'this connection watches') : sending.announce(request, visitor),
      SETUP: either(
        (request) => sending.setup(request),
        (request, visitor) => viewing.setup(request, visitor),
      ),
      PLAY: watching,
      PAUSE: watching,
      RECORD: (request, visitor) => sending.record(request, visitor),
      GET_PARAMETER: parameter,
      SET_PARAMETER: parameter,
      TEARDOWN: either(
        () => sending.teardown(),
        (request) => viewing.teardown(request),
      ),
    };
  }

  get #methods(): string {
    return Object.keys(this.#handlers).join(', ');
  }

  options(request: RtspRequest): Answer {
    if (header(request.headers, 'CSeq') === undefined) return noSequence;
    this.#heardMs = this.#clock.monotonicMs();
    return success([['Public', this.#methods]]);
  }

  handle(request: RtspRequest, visitor: Visitor): Answer | Promise<Answer> {
    if (header(request.headers, 'CSeq') === undefined) return noSequence;
    this.#heardMs = this.#clock.monotonicMs();
    const { method } = request;
    const handler = Object.hasOwn(this.#handlers, method) ? this.#handlers[method] : undefined;
    return (
      handler?.(request, visitor) ?? refusal(501, `${method} is not known here`, [['Allow', this.#methods]])
    );
  }

  frame(channel: number, payload: Uint8Array): void {
    if (this.#sending.isActive) this.#sending.frame(channel, payload);
    else this.#viewing.frame(channel, payload);
  }

  isSilent(): boolean {
    if (this.#viewing.isActive) return this.#viewing.isSilent();
    if (this.#sending.isActive) return this.#sending.isSilent();
    // Without a session it only takes a place.
    return this.#clock.monotonicMs() - this.#heardMs > sessionTimeoutSeconds * 1000 + sessionGraceMs;
  }

  close(): void {
    this.#viewing.close();
    this.#sending.close();
  }
}
