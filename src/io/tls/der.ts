/**
 * DER, as much of it as certificates are made of (ITU-T X.690). In: values. Out: bytes.
 */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...parts]);
}

/** Definite form (X.690, 8.1.3): one byte below 128, else their number and the bytes. */
function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tagged(tags.sequence, ...parts);
export const set = (...parts: readonly Uint8Array[]): Uint8Array => tagged(tags.set, ...parts);
export const octetString = (bytes: Uint8Array): Uint8Array => tagged(tags.octetString, bytes);
export const utf8 = (text: string): Uint8Array => tagged(tags.utf8, Buffer.from(text));
export const yes = tagged(tags.boolean, Uint8Array.of(0xff));

/** Not negative; the most significant byte first. */
export function integer(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const value = bytes.subarray(start);
  return (value[0] ?? 0) < 0x80 ? tagged(tags.integer, value) : tagged(tags.integer, Uint8Array.of(0), value);
}

/** @param unusedBits at the end of the last byte */
export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return tagged(tags.bitString, Uint8Array.of(unusedBits), bytes);
}

/** @param dotted for example `2.5.4.3` */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc % 128];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128)) {
      digits.unshift((high % 128) | 0x80);
    }
    bytes.push(...digits);
  }
  return tagged(tags.oid, Uint8Array.from(bytes));
}

/** To the second; two digits of the year until 2049 (RFC 5280, 4.1.2.5). */
export function time(unixMs: number): Uint8Array {
  const digits = new Date(unixMs).toISOString().replaceAll(/[-:T]|\.\d{3}/g, '');
  const isShort = Number(digits.slice(0, 4)) < 2050;
  return isShort
    ? tagged(tags.utcTime, Buffer.from(digits.slice(2)))
    : tagged(tags.generalizedTime, Buffer.from(digits));
}
