/**
 * A session description as a value (RFC 8866, of which cameras send the parts of RFC 2327).
 * Reading is `parse.ts`, writing `write.ts`.
 */

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** `a=name` or `a=name:value`; the name as written. */
export interface Attribute {
  readonly name: string;
  readonly value: string | undefined;
}

/** `o=`, RFC 8866, 5.2. */
export interface Origin {
  readonly user: string;
  readonly sessionId: string;
  readonly version: string;
  readonly address: Address;
}

/** `c=`, RFC 8866, 5.7; the address may carry `/ttl`. */
export interface Address {
  readonly family: 'IP4' | 'IP6';
  readonly address: string;
}

/** `a=rtpmap`, or what RFC 3551 says about a static payload type. */
export interface RtpMap {
  readonly payloadType: number;
  /** As written, for example `H264`; compare without case. */
  readonly encoding: string;
  readonly clockHz: number;
  /** Audio only; undefined when not said. */
  readonly channels: number | undefined;
}

/** One `m=` section, RFC 8866, 5.14. */
export interface Media {
  /** `video`, `audio`, `application`, … in lower case. */
  readonly kind: string;
  readonly port: number;
  /** For example `RTP/AVP`. */
  readonly protocol: string;
  /** Numbers among the formats. */
  readonly payloadTypes: readonly number[];
  readonly connection: Address | undefined;
  readonly bandwidthKbps: number | undefined;
  /** One for each payload type that is known, in the order of the `m=` line. */
  readonly rtpMaps: readonly RtpMap[];
  /** Format parameters by payload type; keys in lower case, values as written (base64 stays text). */
  readonly fmtp: ReadonlyMap<number, ReadonlyMap<string, string>>;
  readonly control: string | undefined;
  /** Its own, else that of the session; undefined when neither says (then it is sendrecv). */
  readonly direction: Direction | undefined;
  readonly framesPerSecond: number | undefined;
  /** All of the section, the ones above too. */
  readonly attributes: readonly Attribute[];
}

export interface SessionDescription {
  readonly origin: Origin | undefined;
  readonly name: string;
  readonly connection: Address | undefined;
  readonly control: string | undefined;
  readonly direction: Direction | undefined;
  readonly attributes: readonly Attribute[];
  readonly media: readonly Media[];
}

/** The first attribute of that name, compared without case; undefined when there is none, '' when it has no value. */
export function attribute(attributes: readonly Attribute[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  const found = attributes.find((attribute) => attribute.name.toLowerCase() === wanted);
  return found && (found.value ?? '');
}
