/**
 * Gaps of all cameras as they begin and end: into the ledger, counted by cause, told once each.
 */
import type { CameraId } from '../base/ids.ts';
import type { UnixMs } from '../base/units.ts';
import type { Gap, GapCause, GapChanges } from './gaps.ts';
import type { Ledger } from './ledger.ts';

export type OnGap = (what: 'opened' | 'closed', gap: Gap) => void;

export class GapNews implements GapChanges {
  readonly #ledger: Ledger;
  readonly #onGap: OnGap;
  /** Rows since the start of the server. */
  readonly counts = new Map<GapCause, number>();
  /** Those that listeners were told of and that last. */
  readonly #open = new Set<string>();
  /** By camera: the poor stretch that was told of last. */
  readonly #degraded = new Map<CameraId, string>();
  /** Rows whose beginning is to be corrected when more is known, by camera. */
  readonly #provisional = new Map<CameraId, Gap>();

  constructor(ledger: Ledger, onGap: OnGap) {
    this.#ledger = ledger;
    this.#onGap = onGap;
  }

  changed(given: Gap): void {
    const gap = this.#corrected(given);
    this.#ledger.gap(gap);
    const wasOpen = this.#open.has(gap.id);
    if (gap.endMs === null) {
      this.#open.add(gap.id);
      if (!wasOpen) this.#count(gap);
      return this.#onGap('opened', gap);
    }
    this.#open.delete(gap.id);
    // A poor stretch grows with every second of it: told once.
    if (gap.cause === 'packets-lost' && gap.id === this.#degraded.get(gap.cameraId)) return;
    if (gap.cause === 'packets-lost') this.#degraded.set(gap.cameraId, gap.id);
    if (!wasOpen) this.#count(gap);
    this.#onGap('closed', gap);
  }

  removed(gap: Gap): void {
    this.#open.delete(gap.id);
    this.#provisional.delete(gap.cameraId);
    this.#ledger.noGap(gap.id);
    this.#onGap('closed', { ...gap, endMs: gap.startMs });
  }

  /** The row may turn out to begin later: see `beginsLater`. */
  provisional(gap: Gap): void {
    this.#provisional.set(gap.cameraId, gap);
    this.changed(gap);
  }

  /** Footage was found that reaches to `startMs`. */
  beginsLater(camera: CameraId, startMs: UnixMs): void {
    const gap = this.#provisional.get(camera);
    if (!gap || gap.startMs >= startMs) return;
    if (gap.endMs !== null && gap.endMs <= startMs) return this.removed(gap);
    const later = { ...gap, startMs };
    this.#provisional.set(camera, later);
    this.#ledger.gap(later);
  }

  forget(camera: CameraId): void {
    this.#degraded.delete(camera);
    this.#provisional.delete(camera);
  }

  #corrected(gap: Gap): Gap {
    const known = this.#provisional.get(gap.cameraId);
    if (known?.id !== gap.id) return gap;
    const corrected = { ...gap, startMs: known.startMs };
    this.#provisional.set(gap.cameraId, corrected);
    return corrected;
  }

  #count({ cause }: Gap): void {
    this.counts.set(cause, (this.counts.get(cause) ?? 0) + 1);
  }
}
