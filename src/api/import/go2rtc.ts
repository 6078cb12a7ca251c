/**
 * go2rtc: `streams:`, each a name and one address or several. Source: its README, "Module: Streams".
 *
 * Of several addresses the first that can be used is taken. A stream `x_sub` or `x-sub` beside `x` is its second source.
 */
import { localStream, readAddress } from './address.ts';
import type { Findings, SourceDraft } from './drafts.ts';
import { nameFrom } from './drafts.ts';
import { at, mapping, text } from './values.ts';

/** `${NAME}` and `${NAME:fallback}`. */
const shellPlaceholder = /\$\{([A-Za-z_][A-Za-z0-9_]{0,99})(?::([^}]{0,500}))?\}/g;

export function importGo2rtc(file: unknown, found: Findings): void {
  const streams = mapping(at(file, 'streams')) ?? {};
  const sources = new Map<string, SourceDraft>();
  for (const [name, value] of Object.entries(streams)) {
    const source = streamSource(streams, name, value, found);
    if (source) sources.set(name, source);
  }
  for (const [name, source] of sources) {
    if (mainOf(name, sources) !== undefined) continue;
    const sub = sources.get(`${name}_sub`) ?? sources.get(`${name}-sub`);
    found.cameras.push({ key: name, name: nameFrom(name), source, ...(sub && { sub }) });
  }
  noteRest(file, found);
}

/** The stream that this one is the smaller one of. */
function mainOf(name: string, sources: ReadonlyMap<string, unknown>): string | undefined {
  const main = /^(.+)[_-]sub$/.exec(name)?.[1];
  return main !== undefined && sources.has(main) ? main : undefined;
}

/**
 * The first address of a stream that can be used. @param streams to resolve addresses that name another stream
 */
export function streamSource(
  streams: Readonly<Record<string, unknown>>,
  name: string,
  value: unknown,
  found: Findings,
): SourceDraft | undefined {
  let source: SourceDraft | undefined;
  for (const [index, address] of addressesOf(value).entries()) {
    const where = `streams.${name}${Array.isArray(value) ? `.${index}` : ''}`;
    const read = readAddress(resolved(streams, found.filled(address, shellPlaceholder), found));
    if ('refusal' in read) found.note(where, read.refusal);
    else if (source) found.note(where, 'Only the first address of a stream is taken over.');
    else source = read.source;
  }
  if (!source && addressesOf(value).length === 0) found.note(`streams.${name}`, 'It has no address.');
  return source;
}

function addressesOf(value: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [at(value, 'url') ?? value];
  return all.map(text).filter((address) => address !== undefined);
}

/** An address that is another stream's on the same machine becomes that one's, once. */
function resolved(streams: Readonly<Record<string, unknown>>, address: string, found: Findings): string {
  const name = localStream(address);
  if (name === undefined || !Object.hasOwn(streams, name)) return address;
  const [first] = addressesOf(streams[name]);
  return first === undefined ? address : found.filled(first, shellPlaceholder);
}

const notCameras: Readonly<Record<string, string>> = {
  publish: 'Streams are not sent on to other servers.',
  preload: 'Set "always connected" in the dashboard for cameras that should stay connected.',
  homekit: 'HomeKit is not offered.',
  hass: 'Cameras of Home Assistant are not looked up.',
};

function noteRest(file: unknown, found: Findings): void {
  for (const [key, message] of Object.entries(notCameras)) {
    if (at(file, key) !== undefined) found.note(key, message);
  }
  for (const key of ['api', 'rtsp', 'webrtc']) {
    if (at(file, key) !== undefined)
      found.note(key, 'Ports and logins are not taken over: see the settings of this server.');
  }
}
