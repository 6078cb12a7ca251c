/**
 * What is wanted of a camera's recording, and how long it is kept. Stored with the camera as JSON text.
 */

/** Minutes of a local day, `[from, to)`, 0 to 1440. */
export interface DayWindow {
  /** 0 Monday to 6 Sunday. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface Retention {
  /** Deleted when older; null: no limit. */
  readonly maxAgeDays: number | null;
  /** The oldest goes when there is more; null: no limit. */
  readonly maxBytes: number | null;
  /** Not deleted for want of space while younger; 0: nothing is guaranteed. */
  readonly minAgeDays: number;
}

export interface RecordingPolicy {
  readonly mode: 'off' | 'continuous' | 'schedule' | 'event' | 'manual';
  /** For `schedule`, in the server's time zone. */
  readonly schedule: readonly DayWindow[];
  /** For `event` and `manual`: kept in memory and put before, 0 to 30 s. */
  readonly preSeconds: number;
  /** For `event`: recorded on after the last trigger, 0 to 600 s. */
  readonly postSeconds: number;
  readonly retention: Retention;
}

export const recordingOff: RecordingPolicy = {
  mode: 'off',
  schedule: [],
  preSeconds: 10,
  postSeconds: 20,
  retention: { maxAgeDays: null, maxBytes: null, minAgeDays: 0 },
};
