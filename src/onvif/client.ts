/**
 * Asks one ONVIF device, as one who may be wrong about the password: at most one wrong try, so that no account is locked.
 *
 * In:  where its device service is, a login. Out: answers, or one fault in plain words.
 * The first question that needs a login is asked without one: the device then says which kind it wants (HTTP Digest,
 * or else a UsernameToken with the time of the device). After a refusal nothing more is sent with that password.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { unixMs } from '../base/units.ts';
import type { NetFault } from '../io/net/fault.ts';
import type { Random } from '../io/random.ts';
import type { PostParts } from './post.ts';
import { hostOf, post } from './post.ts';
import type { Login, SoapFault } from './soap.ts';
import { envelope, isFault, opened } from './soap.ts';
import type { Element } from './xml.ts';
import { numberAt, at, parseXml } from './xml.ts';

export interface DeviceFault {
  readonly kind: NetFault['kind'] | 'wrong-password' | 'locked' | 'not-onvif' | 'unsupported' | 'protocol';
  /** Plain words: what is wrong, what to do. Holds no secret. */
  readonly message: string;
}

export interface ClientParts extends PostParts {
  readonly random: Random;
  /**
   * Answers the WWW-Authenticate values of a 401 (RFC 7616); undefined when none can be answered without sending the
   * password itself. `count`: requests made with these challenges, from 1.
   */
  readonly answerChallenge: (challenges: readonly string[], request: DigestRequest) => string | undefined;
}

interface DigestRequest {
  readonly login: Login;
  readonly method: 'POST';
  readonly url: string;
  readonly count: number;
}

/** How the device wants to be shown the password; unknown until it has refused a question. */
type Way =
  | { readonly kind: 'none' }
  | { readonly kind: 'token' }
  | { readonly kind: 'digest'; readonly challenges: readonly string[]; count: number };

export const deviceNamespace = 'http://www.onvif.org/ver10/device/wsdl';

export class DeviceClient {
  readonly #parts: ClientParts;
  readonly #login: Login | undefined;
  #way: Way = { kind: 'none' };
  /** Once true nothing is asked any more. */
  #refused: DeviceFault | undefined;
  /** Clock of the device minus ours. */
  #skewMs = 0;
  readonly service: URL;

  private constructor(parts: ClientParts, service: URL, login: Login | undefined) {
    this.#parts = parts;
    this.service = service;
    this.#login = login;
  }

  /** Asks for the time, which every device tells everybody (ONVIF Core, 8.3.9): whether somebody is there at all. */
  static async reach(
    parts: ClientParts,
    service: URL,
    login: Login | undefined,
  ): Promise<Result<DeviceClient, DeviceFault>> {
    const client = new DeviceClient(parts, service, login);
    const body = `<GetSystemDateAndTime xmlns="${deviceNamespace}"/>`;
    const asked = await client.#send(service, body);
    // Some ask for a login even here: then ours has to do as the time.
    if (!asked.ok) return asked.error.kind === 'wrong-password' ? ok(client) : asked;
    const told = readTime(asked.value);
    if (told !== undefined) client.#skewMs = told - parts.clock.nowMs();
    return ok(client);
  }

  /** How far the clock of the device is ahead of this server's; milliseconds. */
  get skewMs(): number {
    return this.#skewMs;
  }

  /** @param body XML of the question @returns the element that answers it */
  async ask(service: URL, body: string): Promise<Result<Element, DeviceFault>> {
    if (this.#refused) return err(this.#refused);
    const first = await this.#send(service, body);
    if (first.ok || first.error.kind !== 'wrong-password') return first;
    if (this.#way.kind !== 'none' && !this.#isStale()) return this.#refuse(first.error);
    if (!this.#login) return this.#refuse(loginNeeded);
    this.#way = this.#wayOf(this.#login, first.error.challenges ?? []);
    const second = await this.#send(service, body);
    if (second.ok || second.error.kind !== 'wrong-password') return second;
    return this.#refuse(second.error);
  }

  /** A nonce ends some day; that is no wrong password when it has worked before. */
  #isStale(): boolean {
    return this.#way.kind === 'digest' && this.#way.count > 1;
  }

  #refuse(fault: DeviceFault): Result<never, DeviceFault> {
    this.#refused = { kind: fault.kind, message: fault.message };
    return err(this.#refused);
  }

  #wayOf(login: Login, challenges: readonly string[]): Way {
    const answered = this.#parts.answerChallenge(challenges, { login, method: 'POST', url: '/', count: 1 });
    return answered === undefined ? { kind: 'token' } : { kind: 'digest', challenges, count: 0 };
  }

  async #send(service: URL, body: string): Promise<Result<Element, Refusal>> {
    const posted = await post(this.#parts, service, this.#envelope(body), this.#headers(service));
    if (!posted.ok) return posted;
    const { status, text, challenges } = posted.value;
    if (status === 401) return err({ ...wrongPassword, challenges });
    if (status === 403) return err(notAllowed);
    const parsed = parseXml(text);
    const answer = parsed.ok ? opened(parsed.value) : undefined;
    if (!answer) return err(notOnvif(hostOf(service)));
    return isFault(answer) ? err(faultOf(answer)) : ok(answer);
  }

  #envelope(body: string): string {
    const { clock, random } = this.#parts;
    if (this.#way.kind !== 'token' || !this.#login) return envelope(body);
    const createdMs = unixMs(clock.nowMs() + this.#skewMs);
    return envelope(body, { login: this.#login, createdMs, nonce: random(16) });
  }

  #headers(service: URL): Record<string, string> {
    if (this.#way.kind !== 'digest' || !this.#login) return {};
    this.#way.count += 1;
    const url = service.pathname + service.search;
    const request = { login: this.#login, method: 'POST', url, count: this.#way.count } as const;
    const authorization = this.#parts.answerChallenge(this.#way.challenges, request);
    return authorization === undefined ? {} : { authorization };
  }
}

interface Refusal extends DeviceFault {
  readonly challenges?: readonly string[];
}

const wrongPassword: DeviceFault = {
  kind: 'wrong-password',
  message:
    'The camera refused the user name or password. It was tried once only, because many cameras lock an account ' +
    'after a few wrong ones. Some makers keep accounts for ONVIF apart: look in the settings of the camera.',
};
const loginNeeded: DeviceFault = {
  kind: 'wrong-password',
  message: 'The camera wants a user name and a password before it tells of its streams.',
};
const notAllowed: DeviceFault = {
  kind: 'locked',
  message:
    'The camera refuses to talk. The account may be locked after wrong passwords (wait some minutes), or may not use ONVIF.',
};

function notOnvif(host: string): DeviceFault {
  return { kind: 'not-onvif', message: `What answers at ${host} does not speak ONVIF.` };
}

/** Codes of ONVIF Core, 5.8.2, and what old devices write instead. */
function faultOf({ code, reason }: SoapFault): Refusal {
  if (/lock/i.test(reason)) return notAllowed;
  if (/^(NotAuthorized|FailedAuthentication|InvalidSecurity|OperationProhibited)/i.test(code)) {
    return wrongPassword;
  }
  if (/not ?authori[sz]ed|authentication fail/i.test(reason)) return wrongPassword;
  if (/ActionNotSupported|OptionalActionNotImplemented|UnknownAction/i.test(code)) {
    return { kind: 'unsupported', message: `The camera does not know that question (${code}).` };
  }
  return { kind: 'protocol', message: `The camera reports a fault: ${reason || code}.` };
}

/** Unix ms of GetSystemDateAndTimeResponse; undefined when it tells none. */
function readTime(answer: Element): number | undefined {
  const told = at(answer, 'SystemDateAndTime', 'UTCDateTime');
  const [year, month, day] = ['Year', 'Month', 'Day'].map((name) => numberAt(told, 'Date', name));
  const [hour, minute, second] = ['Hour', 'Minute', 'Second'].map((name) => numberAt(told, 'Time', name));
  if (!year || !month || !day) return undefined;
  const ms = Date.UTC(year, month - 1, day, hour ?? 0, minute ?? 0, second ?? 0);
  // What a calendar knows: the token is made of it.
  return year >= 1970 && year <= 9999 && Number.isFinite(ms) ? ms : undefined;
}
