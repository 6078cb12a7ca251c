/**
 * MediaMTX: `paths:`, each on top of `pathDefaults:`. Source: its `mediamtx.yml`, which describes every key.
 */
import { readAddress } from './address.ts';
import type { CameraDraft, Findings, SourceDraft } from './drafts.ts';
import { nameFrom } from './drafts.ts';
import type { Mapping } from './values.ts';
import { at, count, durationMs, flag, mapping, text } from './values.ts';

const msPerDay = 86_400_000;
/** What the contract of a camera allows. */
const closeAfterRangeMs = [1000, 3_600_000] as const;

export function importMediaMtx(file: unknown, found: Findings): void {
  const defaults = mapping(at(file, 'pathDefaults')) ?? {};
  for (const [name, value] of Object.entries(mapping(at(file, 'paths')) ?? {})) {
    const where = `paths.${name}`;
    const own = mapping(value) ?? {};
    if (/^(all|all_others)$/.test(name) || name.startsWith('~')) {
      found.note(
        where,
        'It stands for any path. Every camera has a name here: add those that send as cameras.',
      );
      continue;
    }
    const path = { ...defaults, ...own };
    const source = sourceOf(path, where, found);
    if (source) found.cameras.push(cameraOf(name, path, source));
    noteRest(own, where, found);
  }
  noteRest(defaults, 'pathDefaults', found);
  for (const key of ['authInternalUsers', 'authHTTPAddress', 'readUser', 'publishUser']) {
    if (at(file, key) !== undefined)
      found.note(key, 'Accounts are not taken over: make users and devices in this server.');
  }
}

function sourceOf(path: Mapping, where: string, found: Findings): SourceDraft | undefined {
  const address = text(path['source']) ?? 'publisher';
  if (address === 'publisher') return { kind: 'push' };
  if (address === 'redirect' || address === 'rpiCamera') {
    found.note(`${where}.source`, `${address} is no kind of source here.`);
    return undefined;
  }
  const read = readAddress(address);
  if ('refusal' in read) {
    found.note(`${where}.source`, read.refusal);
    return undefined;
  }
  const wanted = text(path['rtspTransport']) ?? text(path['sourceProtocol']);
  const transport = wanted === 'tcp' || wanted === 'udp' ? wanted : 'auto';
  if (wanted === 'multicast')
    found.note(`${where}.rtspTransport`, 'Multicast is not received: TCP or UDP is used.');
  const fingerprint = text(path['sourceFingerprint']) ?? '';
  if (fingerprint !== '') {
    found.note(
      `${where}.sourceFingerprint`,
      'A fingerprint is not taken over: the certificate is checked. If it is self-signed, switch the check off.',
    );
  }
  return { ...read.source, transport };
}

function cameraOf(name: string, path: Mapping, source: SourceDraft): CameraDraft {
  const onDemand = flag(path['sourceOnDemand']) === true;
  const closeMs = durationMs(path['sourceOnDemandCloseAfter']);
  const [leastMs, mostMs] = closeAfterRangeMs;
  const maxReaders = count(path['maxReaders']);
  return {
    key: name,
    name: nameFrom(name.replaceAll('/', ' ')),
    source,
    start: onDemand ? 'on-demand' : 'always',
    ...(closeMs !== undefined && { closeAfterMs: Math.round(Math.min(mostMs, Math.max(leastMs, closeMs))) }),
    ...(maxReaders !== undefined && { maxReaders: Math.min(100_000, Math.floor(maxReaders)) }),
    ...(flag(path['record']) === true && { recording: recordingOf(path) }),
  };
}

/** `0s` keeps recordings for ever; a day when nothing is said. */
function recordingOf(path: Mapping): NonNullable<CameraDraft['recording']> {
  const keptMs = durationMs(path['recordDeleteAfter']) ?? msPerDay;
  if (keptMs === 0) return { mode: 'continuous' };
  return { mode: 'continuous', retention: { maxAgeDays: Math.min(36_500, keptMs / msPerDay) } };
}

const taken = new Set([
  'source',
  'sourceFingerprint',
  'sourceOnDemand',
  'sourceOnDemandCloseAfter',
  'rtspTransport',
  'sourceProtocol',
  'maxReaders',
  'record',
  'recordDeleteAfter',
]);

/** Of these only the others’ absence would be missed. */
const harmless =
  /^(sourceOnDemandStartTimeout|recordFormat|recordPath|recordPartDuration|recordSegmentDuration|recordMaxPartSize|name|overridePublisher)$/;

function noteRest(path: Mapping, where: string, found: Findings): void {
  for (const key of Object.keys(path)) {
    if (taken.has(key) || harmless.test(key) || path[key] === '' || path[key] === null) continue;
    if (key.startsWith('runOn'))
      found.note(`${where}.${key}`, 'It runs a program. Programs are never run here.');
    else found.note(`${where}.${key}`, 'It has no counterpart here.');
  }
}
