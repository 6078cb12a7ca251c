/**
 * A device while it is being added: who it is, the login, which of its streams are taken. Pure.
 */
import type { DeviceStream, DeviceStreams, FoundCamera } from '../../../../src/api/contract/camera-scan.ts';
import type { SourceInput } from '../../../../src/api/contract/cameras.ts';

export type DeviceAnswer = Extract<DeviceStreams, { ok: true }>;

export interface DeviceDraft {
  /** What is sent to ask for its streams. */
  readonly address: string;
  /** What it is called until it says so itself. */
  readonly title: string;
  readonly location: string;
  readonly user: string;
  readonly password: string;
}

export interface ChosenStreams {
  readonly main: string;
  /** Empty: none. */
  readonly sub: string;
}

export function deviceOf(found: FoundCamera): DeviceDraft {
  const { ask, address, name, hardware, location } = found;
  return { address: ask, title: name || hardware || address, location, user: '', password: '' };
}

/** What was typed is a device and no stream: `192.168.1.20`, `camera.local:8080`, `http://…`. */
export function typedDevice(text: string): DeviceDraft | undefined {
  const address = text.trim();
  const isHost = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(address);
  const isService = /^https?:\/\/[^@\s]+$/i.test(address);
  if (!isHost && !isService) return undefined;
  return { address, title: address, location: '', user: '', password: '' };
}

/** The sharpest as main, the smaller one of the same lens beside it, as the server suggests; else the first. */
export function suggestedStreams(streams: readonly DeviceStream[]): ChosenStreams {
  const main = streams.find(({ role }) => role === 'main') ?? streams[0];
  const sub = streams.find((one) => one.role === 'sub' && one !== main);
  return { main: main?.url ?? '', sub: sub?.url ?? '' };
}

/** A source with the login in its address: whatever is in a password, it stays one. */
export function streamSource(url: string, { user, password }: DeviceDraft): SourceInput {
  const login = user === '' ? '' : `${escaped(user)}:${escaped(password)}@`;
  return { kind: 'rtsp', url: url.replace('://', () => `://${login}`), transport: 'auto', verifyTls: false };
}

/** Also what `encodeURIComponent` leaves alone, but an address may end at. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The maker and what it is, then its own name; the first that no camera has. */
export function freeName(wanted: string, taken: readonly string[]): string {
  const known = new Set(taken.map((name) => name.toLowerCase()));
  const base = wanted.trim().slice(0, 90) || 'Camera';
  let name = base;
  for (let number = 2; known.has(name.toLowerCase()); number += 1) name = `${base} ${number}`;
  return name;
}

/** Without saying the maker twice: some write it into the model, too. */
export function modelName({ maker, model }: Pick<DeviceAnswer, 'maker' | 'model'>): string {
  if (model.toLowerCase().startsWith(maker.toLowerCase())) return model;
  return `${maker} ${model}`.trim();
}
