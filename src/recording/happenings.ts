/**
 * What happens at one camera, as rows: recordings that people started, and triggers. Triggers of one kind and label
 * that touch are one row.
 */
import type { CameraId } from '../base/ids.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { CameraEvent } from '../database/gaps.ts';

export interface TriggerInput {
  readonly kind: string;
  readonly label: string;
  /** How long it lasts from now on. */
  readonly durationMs: number;
}

/** Closer ones of one kind and label are one. */
const joinMs = 1000;
/** Different labels that are remembered for that. */
const maxLabels = 50;

export class Happenings {
  readonly #camera: CameraId;
  readonly #newId: () => string;
  readonly #write: (event: CameraEvent) => void;
  /** A recording that was started by hand and lasts. */
  #manual: CameraEvent | undefined;
  readonly #newest = new Map<string, CameraEvent>();

  constructor(camera: CameraId, newId: () => string, write: (event: CameraEvent) => void) {
    this.#camera = camera;
    this.#newId = newId;
    this.#write = write;
  }

  /** @returns the row's id */
  begin(startMs: UnixMs, untilMs: number | null, label: string): string {
    const begun = { id: this.#newId(), cameraId: this.#camera, startMs, endMs: null, kind: 'manual' };
    this.#manual = { ...begun, ...this.#manual, label, detail: JSON.stringify({ untilMs }) };
    this.#write(this.#manual);
    return this.#manual.id;
  }

  /** Of an earlier life of the server. */
  resume(manual: CameraEvent): void {
    this.#manual = manual;
  }

  /** Nothing happens when none was begun. */
  end(endMs: UnixMs): void {
    if (!this.#manual) return;
    this.#write({ ...this.#manual, endMs: unixMs(Math.max(this.#manual.startMs, endMs)) });
    this.#manual = undefined;
  }

  trigger(nowMs: UnixMs, { kind, label, durationMs }: TriggerInput): CameraEvent {
    const key = `${kind} ${label}`;
    const before = this.#newest.get(key);
    const beforeEndMs = before?.endMs ?? Number.NEGATIVE_INFINITY;
    const goesOn = before !== undefined && nowMs >= before.startMs && nowMs <= beforeEndMs + joinMs;
    const begun = { id: this.#newId(), cameraId: this.#camera, startMs: nowMs, kind, label, detail: '' };
    const endMs = unixMs(Math.max(goesOn ? beforeEndMs : nowMs, nowMs + durationMs));
    const event: CameraEvent = { ...(goesOn ? before : begun), endMs };
    this.#remember(key, event);
    this.#write(event);
    return event;
  }

  #remember(key: string, event: CameraEvent): void {
    this.#newest.delete(key);
    this.#newest.set(key, event);
    const [oldest] = this.#newest.keys();
    if (this.#newest.size > maxLabels && oldest !== undefined) this.#newest.delete(oldest);
  }
}

/** When a recording that was started by hand was to end; undefined: never by itself. */
export function plannedEndMs({ detail }: CameraEvent): number | undefined {
  try {
    const { untilMs } = JSON.parse(detail) as { untilMs?: unknown };
    return typeof untilMs === 'number' ? untilMs : undefined;
  } catch {
    return undefined;
  }
}
