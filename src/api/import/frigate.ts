/**
 * Frigate: `cameras:` with their FFmpeg inputs and roles, and the `go2rtc:` part they may point to.
 * Source: its documentation, "Full reference configuration".
 *
 * The input that records becomes the camera's source, the one that detects its second, smaller one.
 */
import { localStream, readAddress } from './address.ts';
import type { CameraDraft, Findings, SourceDraft } from './drafts.ts';
import { nameFrom } from './drafts.ts';
import { streamSource } from './go2rtc.ts';
import type { Mapping } from './values.ts';
import { at, count, flag, list, mapping, text } from './values.ts';

const placeholder = /\{(FRIGATE_[A-Z0-9_]{1,99})\}/g;

export function importFrigate(file: unknown, found: Findings): void {
  for (const [key, value] of Object.entries(mapping(at(file, 'cameras')) ?? {})) {
    const camera = mapping(value) ?? {};
    const where = `cameras.${key}`;
    const sources = sourcesOf(file, camera, where, found);
    if (!sources) {
      found.note(where, 'It has no input that can be used, so there is no such camera.');
      continue;
    }
    const recording = recordingOf(file, camera, where, found);
    found.cameras.push({
      key,
      name: text(camera['friendly_name']) ?? nameFrom(key),
      ...sources,
      enabled: flag(camera['enabled']) ?? true,
      start: 'always',
      ...(recording && { recording }),
    });
    noteRest(camera, where, found);
  }
  for (const key of ['mqtt', 'detectors', 'model', 'genai', 'auth', 'proxy']) {
    if (at(file, key) !== undefined) found.note(key, 'It has no counterpart here.');
  }
}

interface Input {
  readonly source: SourceDraft;
  readonly roles: ReadonlySet<string>;
}

function sourcesOf(
  file: unknown,
  camera: Mapping,
  where: string,
  found: Findings,
): Pick<CameraDraft, 'source' | 'sub'> | undefined {
  const inputs = list(at(camera, 'ffmpeg', 'inputs'))
    .map((input, index) => inputOf(file, camera, input, { where: `${where}.ffmpeg.inputs.${index}`, found }))
    .filter((input) => input !== undefined);
  const main = inputs.find(({ roles }) => roles.has('record')) ?? inputs[0];
  if (!main) return undefined;
  const small = inputs.find((input) => input.roles.has('detect') && input.source.url !== main.source.url);
  return { source: main.source, ...(small && { sub: small.source }) };
}

function inputOf(
  file: unknown,
  camera: Mapping,
  input: unknown,
  { where, found }: { readonly where: string; readonly found: Findings },
): Input | undefined {
  const address = found.filled(text(at(input, 'path')) ?? '', placeholder);
  const roles = new Set(
    list(at(input, 'roles'))
      .map(text)
      .filter((role) => role !== undefined),
  );
  const restreamed = restream(file, address, found);
  const read = restreamed ? { source: restreamed } : readAddress(address);
  if ('refusal' in read) {
    found.note(`${where}.path`, read.refusal);
    return undefined;
  }
  const transport = transportOf(
    at(input, 'input_args') ?? at(camera, 'ffmpeg', 'input_args') ?? at(file, 'ffmpeg', 'input_args'),
  );
  return { source: { ...read.source, ...(!restreamed && transport && { transport }) }, roles };
}

/** The camera behind an address of the go2rtc that is part of Frigate. */
function restream(file: unknown, address: string, found: Findings): SourceDraft | undefined {
  const name = localStream(address);
  const streams = mapping(at(file, 'go2rtc', 'streams'));
  if (name === undefined || !streams || !Object.hasOwn(streams, name)) return undefined;
  const source = streamSource(streams, name, streams[name], found);
  return source?.url === undefined ? source : { ...source, url: found.filled(source.url, placeholder) };
}

/** From a preset or from FFmpeg's own words; undefined where nothing is said. */
function transportOf(args: unknown): 'tcp' | 'udp' | undefined {
  const words = Array.isArray(args) ? args.map(String).join(' ') : (text(args) ?? '');
  if (/preset-rtsp-udp|-rtsp_transport udp/.test(words)) return 'udp';
  return /-rtsp_transport tcp|preset-rtsp-generic/.test(words) ? 'tcp' : undefined;
}

/** The camera's own words go before those for all. */
function recordingOf(
  file: unknown,
  camera: Mapping,
  where: string,
  found: Findings,
): CameraDraft['recording'] | undefined {
  const recordAt = (...keys: readonly string[]): unknown =>
    at(camera, 'record', ...keys) ?? at(file, 'record', ...keys);
  if (flag(recordAt('enabled')) !== true) return undefined;
  const always = count(recordAt('continuous', 'days')) ?? count(recordAt('retain', 'days')) ?? 0;
  const moving = count(recordAt('motion', 'days')) ?? 0;
  const mode = text(recordAt('retain', 'mode')) ?? 'all';
  const events = ['alerts', 'detections', 'events'].map(
    (kind) => count(recordAt(kind, 'retain', 'days')) ?? count(recordAt(kind, 'retain', 'default')) ?? 0,
  );
  if (moving > 0 || (always > 0 && mode !== 'all'))
    found.note(`${where}.record`, 'It kept what moved; here all is recorded for as many days.');
  const days = Math.max(always, moving);
  if (days > 0) return { mode: 'continuous', retention: { maxAgeDays: Math.min(36_500, days) } };
  const eventDays = Math.max(...events);
  found.note(
    `${where}.record`,
    'It recorded around detections; here that is done around triggers from outside.',
  );
  return { mode: 'event', retention: { maxAgeDays: eventDays > 0 ? Math.min(36_500, eventDays) : 10 } };
}

const understood = new Set(['ffmpeg', 'enabled', 'record', 'friendly_name', 'ui', 'live', 'webui_url']);
const words: Readonly<Record<string, string>> = {
  onvif: 'Moving the camera (PTZ) is not taken over.',
  detect: 'Objects are not detected here.',
  objects: 'Objects are not detected here.',
  motion: 'Masks and thresholds of motion are not taken over.',
  zones: 'Zones are not taken over.',
  snapshots: 'Snapshots of objects are not made here.',
  audio: 'Sounds are not detected here.',
};

function noteRest(camera: Mapping, where: string, found: Findings): void {
  for (const key of Object.keys(camera)) {
    if (!understood.has(key)) found.note(`${where}.${key}`, words[key] ?? 'It has no counterpart here.');
  }
}
