/**
 * Which part answers which request: watching, or sending (RFC 2326, 10).
 */
import type { RtspRequest } from '../../media/rtsp/message.ts';
import { header } from '../../media/rtsp/message.ts';
import type { Answer } from './answer.ts';
import { refusal, success } from './answer.ts';
import type { Dialogue } from './connection.ts';
import type { Sending } from './sending.ts';
import type { Viewing } from './viewing.ts';

const methods =
  'OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, PAUSE, RECORD, GET_PARAMETER, SET_PARAMETER, TEARDOWN';

export class RtspDialogue implements Dialogue {
  readonly #viewing: Viewing;
  readonly #sending: Sending;

  constructor(viewing: Viewing, sending: Sending) {
    this.#viewing = viewing;
    this.#sending = sending;
  }

  handle(request: RtspRequest): Answer | Promise<Answer> {
    if (header(request.headers, 'CSeq') === undefined) return refusal(400, 'CSeq is missing');
    const viewing = this.#viewing;
    const sending = this.#sending;
    switch (request.method) {
      case 'OPTIONS':
        return success([['Public', methods]]);
      case 'DESCRIBE':
        return sending.isActive ? refusal(455, 'this connection sends') : viewing.describe(request);
      case 'ANNOUNCE':
        return viewing.isActive ? refusal(455, 'this connection watches') : sending.announce(request);
      case 'SETUP':
        return sending.isActive ? sending.setup(request) : viewing.setup(request);
      case 'RECORD':
        return sending.record(request);
      case 'PLAY':
      case 'PAUSE':
        return sending.isActive ? refusal(455, 'this connection sends') : viewing.control(request);
      case 'GET_PARAMETER':
      case 'SET_PARAMETER':
        return sending.isActive ? sending.parameter() : viewing.parameter(request);
      case 'TEARDOWN':
        return sending.isActive ? sending.teardown() : viewing.teardown(request);
      default:
        return refusal(501, `${request.method} is not known here`, [['Allow', methods]]);
    }
  }

  frame(channel: number, payload: Uint8Array): void {
    if (this.#sending.isActive) this.#sending.frame(channel, payload);
    else this.#viewing.frame(channel, payload);
  }

  isSilent(): boolean {
    return this.#viewing.isSilent() || this.#sending.isSilent();
  }

  close(): void {
    this.#viewing.close();
    this.#sending.close();
  }
}
