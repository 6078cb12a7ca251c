/**
 * Media profiles of a device as it describes them: Media (version 10) and Media2 (version 20) in, one shape out.
 * Pure; nothing in an answer makes it throw.
 */
import type { Element } from './xml.ts';
import { child, children, numberAt, readNumber, textAt } from './xml.ts';
import { shownWords } from './words.ts';

export interface Profile {
  /** What it is asked for by. */
  readonly token: string;
  readonly name: string;
  /** Which lens or input it shows: a recorder has several. */
  readonly source: string;
  /** h264, h265, jpeg, mpeg4; empty when it does not say. */
  readonly codec: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly framesPerSecond: number | null;
  /** The limit that is set in the device. */
  readonly bitrateBps: number | null;
  readonly keyframeSeconds: number | null;
  /** It can be moved. */
  readonly hasPtz: boolean;
  readonly hasSound: boolean;
}

/** A recorder with 32 inputs and three streams of each. */
const maxProfiles = 96;
const maxTokenCharacters = 256;

/** @param answer GetProfilesResponse of either version */
export function readProfiles(answer: Element): readonly Profile[] {
  return children(answer, 'Profiles').slice(0, maxProfiles).flatMap(readProfile);
}

function readProfile(profile: Element): Profile[] {
  const token = profile.attributes.get('token') ?? '';
  if (token === '' || token.length > maxTokenCharacters) return [];
  // Media2 puts the configurations one level deeper, and shortens their names.
  const parts = child(profile, 'Configurations') ?? profile;
  const video = child(parts, 'VideoEncoder') ?? child(parts, 'VideoEncoderConfiguration');
  if (!video) return [];
  const source = child(parts, 'VideoSource') ?? child(parts, 'VideoSourceConfiguration');
  const framesPerSecond = positive(numberAt(video, 'RateControl', 'FrameRateLimit'));
  const kbps = positive(numberAt(video, 'RateControl', 'BitrateLimit'));
  const named = (...names: readonly string[]): boolean =>
    names.some((name) => child(parts, name) !== undefined);
  return [
    {
      token,
      name: shownWords(textAt(profile, 'Name')) || shownWords(token),
      source: shownWords(textAt(source, 'SourceToken')),
      codec: codecOf(textAt(video, 'Encoding')),
      width: positive(numberAt(video, 'Resolution', 'Width')),
      height: positive(numberAt(video, 'Resolution', 'Height')),
      framesPerSecond,
      bitrateBps: kbps === null ? null : kbps * 1000,
      keyframeSeconds: keyframeSeconds(video, framesPerSecond),
      hasPtz: named('PTZ', 'PTZConfiguration'),
      hasSound: named('AudioEncoder', 'AudioEncoderConfiguration'),
    },
  ];
}

/** The interval is told in frames: an attribute in Media2, an element of its codec in Media. */
function keyframeSeconds(video: Element, framesPerSecond: number | null): number | null {
  const frames =
    readNumber(video.attributes.get('GovLength')) ??
    numberAt(video, 'H264', 'GovLength') ??
    numberAt(video, 'MPEG4', 'GovLength');
  if (frames === null || frames === 0 || framesPerSecond === null) return null;
  return Math.round((frames / framesPerSecond) * 100) / 100;
}

function positive(value: number | null): number | null {
  return value === 0 ? null : value;
}

/** Media2 writes RTP payload names: `H265`, `video/H264` has been seen. */
function codecOf(encoding: string): string {
  const name = encoding.toLowerCase().replace(/^video\//, '');
  if (name === 'hevc') return 'h265';
  if (name.startsWith('mp4v') || name.startsWith('mpeg4')) return 'mpeg4';
  return /^[a-z0-9-]{1,16}$/.test(name) ? name : '';
}
