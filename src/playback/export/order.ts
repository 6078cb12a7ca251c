/**
 * The words of an export: what is asked for, and why it cannot be had.
 */
import type { CameraId } from '../../base/ids.ts';
import type { UnixMs } from '../../base/units.ts';

export interface ExportOrder {
  /** Each once. */
  readonly cameraIds: readonly CameraId[];
  readonly startMs: UnixMs;
  readonly endMs: UnixMs;
  /** `exact`: shown from exactly the start, though the media begins at the keyframe before. */
  readonly cut: 'keyframe' | 'exact';
}

export interface ExportFault {
  readonly kind: 'bad-range' | 'too-much' | 'no-footage' | 'no-space' | 'busy' | 'failed';
  /** For people. */
  readonly message: string;
}
