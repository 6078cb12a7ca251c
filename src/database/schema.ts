/**
 * The tables as the program sees them. One schema for every engine: times are integer
 * milliseconds, booleans are 0 or 1, ids and JSON are text.
 */
export interface CamerasTable {
  /** `cam_` and 16 characters; primary key, never reused. */
  id: string;
  /** As people call it, 1 to 100 characters; need not be unique. */
  name: string;
  /** 0 or 1. 0: never connected to. */
  enabled: number;
  /** `on-demand` or `always`. */
  start_mode: string;
  /** On demand: stays connected so long after the last viewer left; milliseconds, 1000 to 3,600,000. */
  close_after_ms: number;
  /** Viewers at one time, 0 to 100,000; 0 means no limit. */
  max_readers: number;
  /**
   * The source as JSON text (`sourceInputSchema`). JSON, because every kind of source has its own fields
   * and nothing is ever searched by them. The URL carries the camera's credentials in clear: the camera
   * wants them in clear (Digest and Basic), so hashing is impossible. They leave the server only towards
   * the camera.
   */
  source: string;
  /** `low`, `normal` or `high`: how much delay its viewers accept. */
  latency: string;
  /** The smaller second source, as `source`; null when it has none. */
  sub_source: string | null;
  /** Name under which the configuration file declared it; null when it was added through the API. */
  declared_as: string | null;
  /** When it was added; Unix milliseconds. */
  created_ms: number;
  /** When a column above last changed; Unix milliseconds. */
  changed_ms: number;
}

export interface Schema {
  cameras: CamerasTable;
}
