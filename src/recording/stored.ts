/**
 * What is stored now and by which rules: one look at the database, for one turn of retention or one answer.
 */
import type { Kysely } from 'kysely';
import type { CameraId } from '../base/ids.ts';
import { listCameras } from '../database/cameras.ts';
import type { Hold } from '../database/holds.ts';
import { activeHolds } from '../database/holds.ts';
import type { Schema } from '../database/schema.ts';
import type { StorageUse, StoredFile } from '../database/storage.ts';
import { departedCameras, storageUse } from '../database/storage.ts';
import type { Span } from '../database/timeline.ts';
import type { KeptCamera } from './retention-rules.ts';
import { noRules, readPolicy } from './retention-rules.ts';

export interface Stored {
  readonly nowMs: number;
  /** Cameras there are, cameras that were deleted, and those that nobody knows but have footage. */
  readonly cameras: readonly KeptCamera[];
  /** When a deleted camera was deleted. */
  readonly departed: ReadonlyMap<CameraId, number>;
  readonly use: Use;
  heldOf(cameraId: CameraId): readonly Span[];
}

export async function lookAtStored(queries: Kysely<Schema>, nowMs: number): Promise<Stored> {
  const [known, departed, rows, holds] = await Promise.all([
    listCameras(queries),
    departedCameras(queries),
    storageUse(queries),
    activeHolds(queries, nowMs),
  ]);
  const cameras = new Map<CameraId, KeptCamera>();
  for (const { cameraId: id } of rows) {
    cameras.set(id, { id, name: id, retention: noRules, when: undefined, footage: 'keep' });
  }
  for (const { id, name, recordingJson, footage } of departed) {
    const { retention } = readPolicy(recordingJson);
    cameras.set(id, { id, name, retention, when: undefined, footage });
  }
  for (const { id, name, recordingJson } of known) {
    cameras.set(id, { id, name, ...readPolicy(recordingJson), footage: 'keep' });
  }
  return {
    nowMs,
    cameras: [...cameras.values()],
    departed: new Map(departed.map(({ id, departedMs }) => [id, departedMs])),
    use: new Use(rows),
    heldOf: (cameraId) => heldOf(holds, cameraId),
  };
}

function heldOf(holds: readonly Hold[], cameraId: CameraId): readonly Span[] {
  return holds.filter((hold) => hold.cameraId === null || hold.cameraId === cameraId);
}

/** Bytes of recordings, kept right while they are deleted. */
class Use {
  readonly #bytes = new Map<CameraId, Map<string, number>>();

  constructor(rows: readonly StorageUse[]) {
    for (const { cameraId, volumeId, bytes } of rows) {
      const volumes = this.#bytes.get(cameraId) ?? new Map<string, number>();
      this.#bytes.set(cameraId, volumes.set(volumeId, bytes));
    }
  }

  /** On one volume, or on all. */
  ofCamera(cameraId: CameraId, volumeId?: string): number {
    const volumes = this.#bytes.get(cameraId);
    if (!volumes) return 0;
    if (volumeId !== undefined) return volumes.get(volumeId) ?? 0;
    let sum = 0;
    for (const bytes of volumes.values()) sum += bytes;
    return sum;
  }

  onVolume(volumeId: string): number {
    let sum = 0;
    for (const volumes of this.#bytes.values()) sum += volumes.get(volumeId) ?? 0;
    return sum;
  }

  total(): number {
    let sum = 0;
    for (const cameraId of this.#bytes.keys()) sum += this.ofCamera(cameraId);
    return sum;
  }

  forget({ cameraId, volumeId, bytes }: StoredFile): void {
    const volumes = this.#bytes.get(cameraId);
    volumes?.set(volumeId, Math.max(0, (volumes.get(volumeId) ?? 0) - bytes));
  }
}
