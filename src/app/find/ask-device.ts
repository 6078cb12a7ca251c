/**
 * Asks one device for its streams: by ONVIF, and where nothing speaks that, by RTSP at well-known addresses.
 *
 * In:  its address and a login. Out: what the API tells, in plain words. Promises: never rejects; ends in time; a login
 * that is refused is sent once.
 */
import type { DeviceStream, DeviceStreams, DeviceStreamsRequest } from '../../api/contract/camera-scan.ts';
import type { Clock } from '../../base/clock.ts';
import type { AddressPolicy } from '../../io/net/address-policy.ts';
import type { Random } from '../../io/random.ts';
import { authorize, chooseChallenge } from '../../media/rtsp/auth.ts';
import type { ClientParts } from '../../onvif/client.ts';
import type { DeviceReport } from '../../onvif/device.ts';
import { readDevice, reachDevice } from '../../onvif/device.ts';
import type { DeviceAddress } from './device-address.ts';
import { readDeviceAddress } from './device-address.ts';
import type { Guess, GuessFault } from './guess.ts';
import { guessStreams } from './guess.ts';

export interface AskParts {
  readonly clock: Clock;
  readonly policy: AddressPolicy;
  readonly random: Random;
}

/** Small cameras take a second to check a signature. */
const answerMs = 5000;
/** Beyond this an old password digest is refused by most, and times in the picture mislead. */
const noticedSkewMs = 60_000;

/** @param signal ends it early: whoever asked is gone, or it takes too long */
export async function askDevice(
  parts: AskParts,
  wanted: DeviceStreamsRequest,
  signal: AbortSignal,
): Promise<DeviceStreams> {
  const address = readDeviceAddress(wanted.address);
  if (!address)
    return fault('address', 'That is no address. Write it like 192.168.1.20 or camera.local:8080.');
  const login = wanted.user === '' ? undefined : { user: wanted.user, password: wanted.password };
  const client: ClientParts = {
    ...parts,
    signal,
    timeoutMs: answerMs,
    answerChallenge: digestAnswer(parts.random),
  };
  const reached = await reachDevice(client, address.services, login);
  if (reached.ok) {
    const read = await readDevice(reached.value);
    if (read.ok) return shownReport(read.value, address.host);
    if (read.error.kind !== 'unsupported') return fault(read.error.kind, read.error.message);
  } else if (reached.error.kind === 'forbidden-address') {
    return fault(reached.error.kind, reached.error.message);
  }
  return guessed(parts, address, login, signal);
}

async function guessed(
  parts: AskParts,
  address: DeviceAddress,
  login: { readonly user: string; readonly password: string } | undefined,
  signal: AbortSignal,
): Promise<DeviceStreams> {
  let told: GuessFault | undefined;
  for (const port of address.rtspPorts) {
    const talk = { ...parts, signal, host: address.host, port, timeoutMs: answerMs };
    const found = await guessStreams(talk, login, parts.random);
    if (found.ok) return shownGuess(found.value);
    // Somebody is there: another port would be another machine's idea.
    if (!isAbsent(found.error)) return fault(found.error.kind, found.error.message);
    told ??= found.error;
  }
  return fault(told?.kind ?? 'not-found', absent(address.host));
}

function isAbsent({ kind }: GuessFault): boolean {
  return kind === 'refused' || kind === 'timeout' || kind === 'not-rtsp' || kind === 'no-route';
}

function absent(host: string): string {
  return (
    `No camera answers at ${host}, neither by ONVIF nor by RTSP. Check the address, that the camera is switched on, ` +
    'and that ONVIF or RTSP is switched on in its settings.'
  );
}

/** Digest only: Basic would send the password itself. */
function digestAnswer(random: Random): ClientParts['answerChallenge'] {
  return (challenges, { login, method, url, count }) => {
    const challenge = chooseChallenge(challenges);
    if (challenge?.kind !== 'digest') return undefined;
    const cnonce = Buffer.from(random(8)).toString('hex');
    return authorize(challenge, login, { method, url }, { cnonce, count });
  };
}

function shownReport(report: DeviceReport, host: string): DeviceStreams {
  const { maker, model, firmware, hasPtz, snapshotUrl } = report;
  const streams = report.streams.map(({ token: _token, source, hasPtz: _hasPtz, suggested, ...stream }) => ({
    ...stream,
    lens: source,
    role: suggested?.role ?? null,
    reason: suggested?.reason ?? null,
  }));
  const notes = notesOf(report, host);
  return { ok: true, way: 'onvif', maker, model, firmware, hasPtz, snapshotUrl, streams, notes };
}

function notesOf({ named, skewMs, leftOut }: DeviceReport, host: string): string[] {
  const notes: string[] = [];
  if (named.length > 0) {
    notes.push(
      `The camera calls itself ${named.slice(0, 3).join(', ')} but answers at ${host}: its network settings may be out ` +
        `of date. All streams below are taken from ${host}.`,
    );
  }
  if (Math.abs(skewMs) > noticedSkewMs) {
    notes.push(
      `Its clock is ${duration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead' : 'behind'}. Give it a time server (NTP), else ` +
        'the time in its picture misleads.',
    );
  }
  if (leftOut > 0) notes.push(`${leftOut} more streams are not shown.`);
  return notes;
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

const reasons = {
  main: 'The first stream of the camera: for recording and for the full screen',
  sub: 'The second stream: small, for tiles',
} as const;

function shownGuess({ maker, streams }: Guess): DeviceStreams {
  const unknown = { width: null, height: null, bitrateBps: null, keyframeSeconds: null };
  const shown: DeviceStream[] = streams.map((stream) => ({
    ...stream,
    ...unknown,
    lens: '',
    reason: reasons[stream.role],
  }));
  const notes = [
    'This camera was not asked by ONVIF: its streams were found at addresses that makers are known to use.' +
      (shown.length === 1 ? ' A smaller second stream was not found.' : ''),
  ];
  const blank = { model: '', firmware: '', hasPtz: false, snapshotUrl: null };
  return { ok: true, way: 'rtsp', maker, ...blank, streams: shown, notes };
}

function fault(kind: string, message: string): DeviceStreams {
  return { ok: false, fault: kind, message };
}
