/**
 * Identifiers: a prefix that says what it names, and 80 random bits that a person can read out.
 */
declare const name: unique symbol;

/** `cam_` and 16 characters of Crockford's base 32, lower case. */
export type CameraId = string & { readonly [name]: 'camera' };

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const cameraIdPattern = /^cam_[0-9a-hjkmnp-tv-z]{16}$/;

/** @param randomBytes at least 16 bytes; the low five bits of each are used. */
export function cameraId(randomBytes: Uint8Array): CameraId {
  return namedId('cam', randomBytes) as CameraId;
}

/** `<prefix>_` and 16 characters of the same alphabet. @param randomBytes at least 16 */
export function namedId(prefix: string, randomBytes: Uint8Array): string {
  let text = `${prefix}_`;
  for (const byte of randomBytes.subarray(0, 16)) text += alphabet[byte & 31];
  return text;
}

export function isCameraId(text: string): text is CameraId {
  return cameraIdPattern.test(text);
}
