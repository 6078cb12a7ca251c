/**
 * Values of the RTSP header fields that carry structure (RFC 2326, 12).
 * Reading takes what devices send and never throws; what cannot be read is undefined or left out.
 */

/** One choice of a Transport field, RFC 2326, 12.39. */
export interface Transport {
  readonly lower: 'tcp' | 'udp';
  readonly multicast: boolean;
  /** Channels of RTP and RTCP on the RTSP connection. */
  readonly interleaved: PortPair | undefined;
  readonly clientPort: PortPair | undefined;
  readonly serverPort: PortPair | undefined;
  /** Multicast ports. */
  readonly port: PortPair | undefined;
  readonly source: string | undefined;
  readonly destination: string | undefined;
  /** Multicast time to live. */
  readonly ttl: number | undefined;
  /** 32 bits. */
  readonly ssrc: number | undefined;
  readonly mode: 'play' | 'record' | undefined;
}

/** First and second of a pair; the second is first + 1 when it is not said. */
export type PortPair = readonly [rtp: number, rtcp: number];

/** Choices in one field read at most; more is not a client. */
const maxTransports = 16;
/** Streams in one RTP-Info read at most. */
const maxRtpInfo = 32;

/** All choices we can make sense of, in order; RTP/SAVP and unknown profiles are left out. */
export function parseTransports(value: string): readonly Transport[] {
  return splitOutsideQuotes(value, ',').slice(0, maxTransports).flatMap(readTransport);
}

function readTransport(text: string): readonly Transport[] {
  const [protocol = '', ...rest] = text.split(';').map((part) => part.trim());
  const match = /^RTP\/AVPF?(?:\/(TCP|UDP))?$/i.exec(protocol);
  if (!match) return [];
  const values = new Map<string, string>();
  for (const part of rest) {
    const [key, value] = splitOnce(part, '=');
    values.set(key.toLowerCase(), unquote(value));
  }
  const mode = values.get('mode')?.toLowerCase();
  return [
    {
      // Some cameras answer RTP/AVP and mean TCP: only the channels tell.
      lower: match[1]?.toUpperCase() === 'TCP' || values.has('interleaved') ? 'tcp' : 'udp',
      multicast: values.has('multicast'),
      interleaved: readPair(values.get('interleaved'), 255),
      clientPort: readPair(values.get('client_port'), 65535),
      serverPort: readPair(values.get('server_port'), 65535),
      port: readPair(values.get('port'), 65535),
      source: values.get('source') || undefined,
      destination: values.get('destination') || undefined,
      ttl: readNumber(values.get('ttl'), 255),
      ssrc: readSsrc(values.get('ssrc')),
      mode: mode === 'play' || mode === 'record' ? mode : undefined,
    },
  ];
}

export function writeTransport(transport: Partial<Transport> & Pick<Transport, 'lower'>): string {
  return [
    transport.lower === 'tcp' ? 'RTP/AVP/TCP' : 'RTP/AVP',
    transport.multicast === true ? ';multicast' : ';unicast',
    field('destination', transport.destination),
    field('source', transport.source),
    pairField('interleaved', transport.interleaved),
    pairField('client_port', transport.clientPort),
    pairField('server_port', transport.serverPort),
    pairField('port', transport.port),
    field('ttl', transport.ttl?.toString()),
    field('ssrc', transport.ssrc?.toString(16).toUpperCase().padStart(8, '0')),
    field('mode', transport.mode),
  ].join('');
}

function pairField(name: string, pair: PortPair | undefined): string {
  return pair ? `;${name}=${String(pair[0])}-${String(pair[1])}` : '';
}

function field(name: string, value: string | undefined): string {
  return value ? `;${name}=${value}` : '';
}

export interface SessionHeader {
  /** To be sent back exactly. */
  readonly id: string;
  /** RFC 2326, 12.37: 60 when not said. */
  readonly timeoutSeconds: number;
}

const defaultSessionTimeoutSeconds = 60;

export function parseSession(value: string): SessionHeader | undefined {
  const [id = '', ...rest] = value.split(';').map((part) => part.trim());
  if (id === '') return undefined;
  for (const part of rest) {
    const seconds = /^timeout\s*=\s*"?(\d{1,6})/i.exec(part)?.[1];
    if (seconds !== undefined && Number(seconds) > 0) return { id, timeoutSeconds: Number(seconds) };
  }
  return { id, timeoutSeconds: defaultSessionTimeoutSeconds };
}

export function writeSession(session: SessionHeader): string {
  return `${session.id};timeout=${String(session.timeoutSeconds)}`;
}

/** RFC 2326, 12.33: where a stream starts after PLAY. */
export interface RtpInfo {
  readonly url: string;
  /** First sequence number, 16 bits. */
  readonly sequence: number | undefined;
  /** RTP time of the start of the range, 32 bits. */
  readonly rtpTime: number | undefined;
}

export function parseRtpInfo(value: string): readonly RtpInfo[] {
  return splitOutsideQuotes(value, ',').slice(0, maxRtpInfo).flatMap(readRtpInfo);
}

/** An address may hold `;` itself, so the numbers are taken from the end. */
function readRtpInfo(text: string): readonly RtpInfo[] {
  const parts = text.split(';').map((part) => part.trim());
  let sequence: number | undefined;
  let rtpTime: number | undefined;
  while (parts.length > 0) {
    const match = /^(seq|rtptime)\s*=\s*(\d*)$/i.exec(parts.at(-1) ?? '');
    if (!match) break;
    if (match[1]?.toLowerCase() === 'seq') sequence = readNumber(match[2], 0xffff);
    else rtpTime = readNumber(match[2], 0xffff_ffff);
    parts.pop();
  }
  const url = unquote(parts.join(';').replace(/^url\s*=\s*/i, ''));
  return url === '' && sequence === undefined && rtpTime === undefined ? [] : [{ url, sequence, rtpTime }];
}

export function writeRtpInfo(infos: readonly RtpInfo[]): string {
  return infos
    .map(({ url, sequence, rtpTime }) => {
      const seq = sequence === undefined ? '' : `;seq=${String(sequence)}`;
      return `url=${url}${seq}${rtpTime === undefined ? '' : `;rtptime=${String(rtpTime)}`}`;
    })
    .join(',');
}

/** RFC 2326, 12.29 with normal play time (3.6); seconds from the start. */
export interface NptRange {
  readonly startSeconds: number | 'now';
  /** undefined: open. */
  readonly endSeconds: number | undefined;
}

export function parseRange(value: string): NptRange | undefined {
  const match = /^npt\s*[=:]([^-;]*)-([^;]*)/i.exec(value.trim());
  if (!match) return undefined;
  const start = (match[1] ?? '').trim().toLowerCase();
  const startSeconds = start === 'now' ? 'now' : start === '' ? 0 : readNpt(start);
  const end = (match[2] ?? '').trim();
  const endSeconds = end === '' ? undefined : readNpt(end);
  if (startSeconds === undefined || (end !== '' && endSeconds === undefined)) return undefined;
  return { startSeconds, endSeconds };
}

export function writeRange(range: NptRange): string {
  const start = range.startSeconds === 'now' ? 'now' : range.startSeconds.toFixed(3);
  return `npt=${start}-${range.endSeconds?.toFixed(3) ?? ''}`;
}

/** Methods of Public or Allow (RFC 2326, 12.28 and 12.4), upper case. */
export function parseMethods(value: string): ReadonlySet<string> {
  const words = value.split(/[,\s]+/).filter((word) => word !== '');
  return new Set(words.map((word) => word.toUpperCase()));
}

/** Seconds, or hours, minutes and seconds with colons. */
function readNpt(text: string): number | undefined {
  const match = /^(?:(\d{1,6}):(\d{1,2}):)?(\d{1,9}(?:\.\d{0,9})?)$/.exec(text);
  return match ? Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3]) : undefined;
}

function readPair(text: string | undefined, max: number): PortPair | undefined {
  const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(text ?? '');
  if (!match) return undefined;
  const first = readNumber(match[1], max);
  const second = readNumber(match[2] ?? String(Number(match[1]) + 1), max);
  return first === undefined || second === undefined ? undefined : [first, second];
}

function readNumber(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/** Eight hexadecimal digits (RFC 2326, 12.39); fewer are taken too. */
function readSsrc(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : undefined;
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

function splitOutsideQuotes(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '"') quoted = !quoted;
    else if (text[index] === separator && !quoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
