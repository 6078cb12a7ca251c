/**
 * The first bytes of a sealed file, in the clear. They say which key opens it and nothing about what is in it.
 *
 *     magic 8 ‖ version 1 ‖ cipher 1 ‖ zero 2 ‖ file id 16 ‖ key id 16 ‖ check 16
 *
 * `check` is a keyed hash of what stands before it: a preamble that was changed is found before any piece is read.
 */
import type { KeyObject } from 'node:crypto';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveKey } from './aead.ts';

export const idBytes = 16;

const magic = new TextEncoder().encode('SLSEALED');
const version = 1;
/** AES-256-GCM under HKDF-SHA-256. */
const cipher = 1;
const fileIdAt = magic.length + 4;
const keyIdAt = fileIdAt + idBytes;
const checkAt = keyIdAt + idBytes;
const checkBytes = 16;
/** Within `preambleBytes` of the envelope. */
export const sealedPreambleBytes = checkAt + checkBytes;

export interface Preamble {
  readonly fileId: Uint8Array;
  /** Of the data key. */
  readonly keyId: Uint8Array;
}

export type PreambleFault =
  | 'foreign' // does not begin like a sealed file
  | 'newer' // a later version's
  | 'damaged';

/** Whether a file that begins so claims to be sealed. */
export function looksSealed(start: Uint8Array): boolean {
  return start.length >= magic.length && magic.every((byte, at) => start[at] === byte);
}

/** Never throws; what it returns is not trusted before `preambleHolds`. */
export function readPreamble(start: Uint8Array): Preamble | PreambleFault {
  if (!looksSealed(start)) return 'foreign';
  if (start.length < sealedPreambleBytes) return 'damaged';
  if ((start[magic.length] ?? 0) > version) return 'newer';
  const [, ours = 0, zero1, zero2] = start.subarray(magic.length, fileIdAt);
  if (start[magic.length] !== version || ours !== cipher || zero1 !== 0 || zero2 !== 0) return 'damaged';
  return { fileId: start.slice(fileIdAt, keyIdAt), keyId: start.slice(keyIdAt, checkAt) };
}

export function writePreamble({ fileId, keyId }: Preamble, dataKey: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(sealedPreambleBytes);
  bytes.set(magic);
  bytes.set([version, cipher], magic.length);
  bytes.set(fileId, fileIdAt);
  bytes.set(keyId, keyIdAt);
  bytes.set(checkOf(bytes.subarray(0, checkAt), fileId, dataKey), checkAt);
  return bytes;
}

/** Whether `start` is what was written under this data key. */
export function preambleHolds(start: Uint8Array, { fileId }: Preamble, dataKey: Uint8Array): boolean {
  const expected = checkOf(start.subarray(0, checkAt), fileId, dataKey);
  return timingSafeEqual(expected, start.subarray(checkAt, sealedPreambleBytes));
}

/** The key of a file's pieces. */
export function fileKey(dataKey: Uint8Array, fileId: Uint8Array): KeyObject {
  return deriveKey(dataKey, fileId, 'sightline pieces 1');
}

function checkOf(head: Uint8Array, fileId: Uint8Array, dataKey: Uint8Array): Uint8Array {
  const key = deriveKey(dataKey, fileId, 'sightline preamble 1');
  return createHmac('sha256', key).update(head).digest().subarray(0, checkBytes);
}
