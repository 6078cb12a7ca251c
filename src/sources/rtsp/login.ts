/**
 * Proving who we are to one camera, over one connection.
 *
 * In:  credentials, and the 401 answers. Out: Authorization values, and when to give up.
 * Promise: a password that was refused is not tried again, so that cameras do not lock the account.
 */
import type { Challenge, Credentials } from '../../media/rtsp/auth.ts';
import { authorize, chooseChallenge } from '../../media/rtsp/auth.ts';
import type { RtspResponse } from '../../media/rtsp/message.ts';
import { headerAll } from '../../media/rtsp/message.ts';

export type Verdict = 'try-again' | 'refused' | 'login-wanted' | 'unknown-kind';

export class Login {
  readonly #credentials: Credentials | undefined;
  /** Fresh random text for Digest. */
  readonly #nonce: () => string;
  #challenge: Challenge | undefined;
  #cnonce = '';
  #count = 0;
  /** The camera has accepted an answer before, so a new 401 means an old nonce and not a wrong password. */
  #proven = false;

  constructor(credentials: Credentials | undefined, nonce: () => string) {
    this.#credentials = credentials;
    this.#nonce = nonce;
  }

  get user(): string {
    return this.#credentials?.user ?? '';
  }

  /** The value for this request; undefined while the camera has not asked. */
  authorization(method: string, url: string): string | undefined {
    if (!this.#challenge || !this.#credentials) return undefined;
    this.#count += 1;
    const client = { cnonce: this.#cnonce, count: this.#count };
    return authorize(this.#challenge, this.#credentials, { method, url }, client);
  }

  /** @param sent the refused request carried an Authorization. @param again it was already a second try. */
  challenged(response: RtspResponse, sent: boolean, again: boolean): Verdict {
    if (!this.#credentials) return 'login-wanted';
    const challenge = chooseChallenge(headerAll(response.headers, 'WWW-Authenticate'));
    if (!challenge) return sent ? 'refused' : 'unknown-kind';
    const stale = challenge.kind === 'digest' && challenge.stale;
    if (sent && (again || !(this.#proven || stale))) return 'refused';
    this.#challenge = challenge;
    this.#cnonce = this.#nonce();
    this.#count = 0;
    return 'try-again';
  }

  accepted(sent: boolean): void {
    if (sent) this.#proven = true;
  }
}
