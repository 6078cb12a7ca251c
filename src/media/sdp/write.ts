/**
 * The text of a session description (RFC 8866, 5: the order of lines is fixed, lines end in CR LF).
 * Control characters in values become spaces, so no value can add a line.
 */
import type { Address, Attribute, Media, Origin, SessionDescription } from './description.ts';

/** What is written of a section; everything else of it stands in `attributes`. */
type MediaToWrite = Pick<
  Media,
  'kind' | 'port' | 'protocol' | 'payloadTypes' | 'connection' | 'bandwidthKbps' | 'attributes'
>;
export type DescriptionToWrite = Pick<SessionDescription, 'origin' | 'name' | 'connection' | 'attributes'> & {
  readonly media: readonly MediaToWrite[];
};

const anyOrigin: Origin = {
  user: '-',
  sessionId: '0',
  version: '0',
  address: { family: 'IP4', address: '0.0.0.0' },
};

/** The attributes are written as they are; rtpmap, fmtp, control and direction must be among them. */
export function writeSdp(description: DescriptionToWrite): string {
  const origin = description.origin ?? anyOrigin;
  const lines = [
    'v=0',
    `o=${origin.user} ${origin.sessionId} ${origin.version} ${writeAddress(origin.address)}`,
    // An empty name is written as a space (RFC 8866, 5.3).
    `s=${description.name || ' '}`,
    ...connectionLine(description.connection),
    't=0 0',
    ...description.attributes.map(attributeLine),
    ...description.media.flatMap(mediaLines),
  ];
  return lines.map((line) => `${oneLine(line)}\r\n`).join('');
}

function mediaLines(media: MediaToWrite): readonly string[] {
  const formats = media.payloadTypes.map(String).join(' ');
  return [
    `m=${media.kind} ${String(media.port)} ${media.protocol} ${formats}`,
    ...connectionLine(media.connection),
    ...(media.bandwidthKbps === undefined ? [] : [`b=AS:${String(media.bandwidthKbps)}`]),
    ...media.attributes.map(attributeLine),
  ];
}

function connectionLine(address: Address | undefined): readonly string[] {
  return address ? [`c=${writeAddress(address)}`] : [];
}

function writeAddress({ family, address }: Address): string {
  return `IN ${family} ${address}`;
}

function attributeLine({ name, value }: Attribute): string {
  return value === undefined ? `a=${name}` : `a=${name}:${value}`;
}

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters to be kept out
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ');
}
