/**
 * A camera as the service holds it: its row, and what stands in the row as JSON, read and with credentials.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { StoredCamera } from '../database/cameras.ts';
import type { CameraChange, SourceInput } from './contract/cameras.ts';
import type { RecordingPolicyInput } from './contract/recording.ts';
import { recordingPolicySchema } from './contract/recording.ts';
import { withStoredCredentials } from './source-credentials.ts';
import type { SourceSeal } from './source-seal.ts';

export interface Sources {
  readonly source: SourceInput;
  readonly sub: SourceInput | null;
}

export interface Known extends Sources {
  readonly stored: StoredCamera;
  readonly recording: RecordingPolicyInput;
}

/** Why a source cannot be taken; `message` is for people. */
export interface SourceFault {
  readonly field: 'source' | 'sub';
  readonly message: string;
}

/** Both sources with their credentials; what is not `wanted` stays as it is. */
export function openSources(
  wanted: Pick<CameraChange, 'source' | 'sub'>,
  before: Sources | undefined,
): Result<Sources, SourceFault> {
  const stored = before ? [before.source, before.sub] : [];
  const source = wanted.source ? withStoredCredentials(wanted.source, stored) : ok(before?.source);
  if (!source.ok) return err({ message: source.error, field: 'source' });
  const sub = wanted.sub ? withStoredCredentials(wanted.sub, stored.toReversed()) : ok(wanted.sub);
  if (!sub.ok) return err({ message: sub.error, field: 'sub' });
  if (!source.value) throw new Error('a new camera has a source');
  return ok({ source: source.value, sub: sub.value === undefined ? (before?.sub ?? null) : sub.value });
}

type Plain = Omit<StoredCamera, 'sourceJson' | 'subJson' | 'recordingJson'>;

/** @param before as it was: what has not changed keeps its sealed text. */
export function joined(
  fields: Plain,
  { source, sub, recording }: Omit<Known, 'stored'>,
  seal: SourceSeal,
  before?: Known,
): Known {
  const isSource = before && isDeepStrictEqual(source, before.source);
  const isSub = before && isDeepStrictEqual(sub, before.sub);
  const json = {
    sourceJson: isSource ? before.stored.sourceJson : seal.close(source, fields.id, 'source'),
    subJson: isSub ? before.stored.subJson : sub && seal.close(sub, fields.id, 'sub_source'),
    recordingJson: JSON.stringify(recording),
  };
  return { stored: { ...fields, ...json }, source, sub, recording };
}

/** Undefined when a source is none that this version knows. */
export function readKnown(stored: StoredCamera, seal: SourceSeal): Known | undefined {
  const source = seal.open(stored.sourceJson, stored.id, 'source');
  const sub = stored.subJson === null ? null : seal.open(stored.subJson, stored.id, 'sub_source');
  if (!source || sub === undefined) return undefined;
  return { stored, source, sub, recording: readPolicy(stored.recordingJson) };
}

/** What people can change of a camera. */
const cameraFieldNames = [
  'name',
  'location',
  'enabled',
  'source',
  'start',
  'closeAfterMs',
  'maxReaders',
  'latency',
  'sub',
  'recording',
  'externalId',
] as const;
export type CameraField = (typeof cameraFieldNames)[number];

/** Which of them differ. */
export function changedFields(before: Known, after: Known): CameraField[] {
  return cameraFieldNames.filter(
    (field) => !isDeepStrictEqual(valueOf(before, field), valueOf(after, field)),
  );
}

function valueOf(known: Known, field: CameraField): unknown {
  if (field === 'source' || field === 'sub' || field === 'recording') return known[field];
  return known.stored[field];
}

/** What cannot be read was written by another version: then nothing is recorded, and the page says so. */
function readPolicy(json: string): RecordingPolicyInput {
  try {
    return recordingPolicySchema.parse(JSON.parse(json));
  } catch {
    return recordingPolicySchema.parse({});
  }
}
