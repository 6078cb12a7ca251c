/**
 * The signed manifest of an export: what it is, where it comes from, and the hashes by which every part is checked.
 *
 * The signature (Ed25519, RFC 8032) is over the manifest without its `signature`, as canonical JSON (RFC 8785), so that
 * whoever reads JSON can check it. Anything may be read: what is no manifest gives undefined.
 */
import type { KeyObject } from 'node:crypto';
import { sign, verify } from 'node:crypto';
import { z } from 'zod';
import { isFileName } from './names.ts';
import { publicKeyOf, readPublicKey } from './signing-key.ts';

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const fileName = z.string().refine(isFileName);
const listedFile = z.object({ name: fileName, bytes: z.int().min(0), sha256: sha256Hex });

const filmSchema = listedFile.extend({
  /** Capture time of the first picture shown, and of the end of the last. */
  startMs: z.int(),
  endMs: z.int(),
  durationMs: z.int(),
  /** From each point on film and UTC run together. */
  times: z.array(z.object({ movieMs: z.int(), utcMs: z.int(), recording: z.string() })),
});

const cameraSchema = z.object({
  id: z.string(),
  name: z.string(),
  files: z.array(filmSchema),
  /** A line of JSON for each fragment. */
  fragments: listedFile,
  recordings: z.array(
    z.object({
      id: z.string(),
      startMs: z.int(),
      endMs: z.int(),
      /** Numbers of the first and the last fragment that was copied, and how many were. */
      first: z.int(),
      last: z.int(),
      count: z.int(),
      /** Hash chain over these fragments. */
      chain: sha256Hex,
      /** Hash chain over the whole recording as the archive's index had it; null while it was being written. */
      archiveChain: z.string().nullable(),
      /** What the archive's own checks had found wrong with it by then; null when nothing was known. */
      damage: z.string().nullable(),
    }),
  ),
  /** What the index names and could not be read. */
  missing: z.array(z.object({ recording: z.string(), startMs: z.int(), endMs: z.int(), reason: z.string() })),
  /** Intervals without footage, or with poorer footage than the camera sent. */
  gaps: z.array(
    z.object({
      startMs: z.int(),
      endMs: z.int(),
      cause: z.string(),
      detail: z.string(),
      partial: z.boolean(),
    }),
  ),
  /** Gaps beyond those that are listed. */
  moreGaps: z.int(),
});

const unsignedSchema = z.object({
  format: z.literal('sightline-export-1'),
  software: z.object({ name: z.literal('Sightline'), version: z.string() }),
  exportId: z.string(),
  createdMs: z.int(),
  requested: z.object({ startMs: z.int(), endMs: z.int(), cut: z.enum(['keyframe', 'exact']) }),
  cameras: z.array(cameraSchema),
});

const manifestSchema = unsignedSchema.extend({
  publicKey: z.string().max(200),
  signature: z.string().max(200),
});

export type ManifestContent = z.infer<typeof unsignedSchema>;
export type ManifestCamera = z.infer<typeof cameraSchema>;
export type ManifestFilm = z.infer<typeof filmSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** The text of the file. */
export function signedManifest(content: ManifestContent, privateKey: KeyObject): string {
  const unsigned = { ...content, publicKey: publicKeyOf(privateKey) };
  const signature = sign(null, Buffer.from(canonicalJson(unsigned)), privateKey).toString('base64');
  return `${JSON.stringify({ ...unsigned, signature }, null, 1)}\n`;
}

export interface ReadManifest {
  readonly manifest: Manifest;
  /** The signature is that of its own public key: says nothing of whose key that is. */
  readonly isSigned: boolean;
}

export function readManifest(text: string): ReadManifest | undefined {
  const value = parsed(text);
  const checked = manifestSchema.safeParse(value);
  if (!checked.success) return undefined;
  const manifest = checked.data;
  // Everything that stands there is signed, also what this version does not know.
  const { signature: _signature, ...unsigned } = value as Record<string, unknown>;
  const key = readPublicKey(manifest.publicKey);
  const signature = Buffer.from(manifest.signature, 'base64');
  const isSigned = key !== undefined && verify(null, Buffer.from(canonicalJson(unsigned)), key, signature);
  return { manifest, isSigned };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** RFC 8785: members sorted by UTF-16 code units, nothing between them. @param value as JSON has them */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
