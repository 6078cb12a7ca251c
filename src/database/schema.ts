/**
 * The tables as the program sees them. One schema for every engine: times are integer
 * milliseconds, booleans are 0 or 1, ids and JSON are text.
 */
import type { PeopleSchema } from './schema-people.ts';

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
   * and nothing is ever searched by them. The address of an RTSP source is sealed with the secret of the server
   * (`src/api/source-seal.ts`): the camera wants its password in clear, so it cannot be hashed. `at` says which server.
   */
  source: string;
  /** `low`, `normal` or `high`: how much delay its viewers accept; null: as the server's setting says. */
  latency: string | null;
  /** The smaller second source, as `source`; null when it has none. */
  sub_source: string | null;
  /** Its external id, else its name, in the configuration file that declares it; null when none does. */
  declared_as: string | null;
  /** Recording policy as JSON text (`src/recording/policy.ts`). */
  recording: string;
  /** Name under which a provisioning system knows it; unique; null otherwise. */
  external_id: string | null;
  /** Where it hangs, as people say it; may be empty. */
  location: string;
  /** When it was added; Unix milliseconds. */
  created_ms: number;
  /** When a column above last changed; Unix milliseconds. */
  changed_ms: number;
}

/** Folders that footage is kept in, by the identity that was written into them. */
interface VolumesTable {
  id: string;
  /** Where it was last; absolute. */
  path: string;
  created_ms: number;
}

/** Where a file lies: `<volume>/<path>`. */
interface Place {
  /** `rec_` and 16 characters. */
  id: string;
  camera_id: string;
  volume_id: string;
  /** Relative to the volume, with `/`. */
  path: string;
}

/** A file that is being written, or was when the server died. */
interface RecordingOpeningsTable extends Place {
  /** JSON text: when it began, why, its run, and how much of the file counts after its disk failed (`src/archive/finished.ts`). */
  head: string;
  opened_ms: number;
}

/** Whole, durable files. A row is never written before its file is. */
interface RecordingsTable extends Place {
  codec_id: string;
  /** Data key that sealed it; null for a plain file. */
  key_id: string | null;
  run_id: string;
  /** Capture time of its first sample, and of its end. */
  start_ms: number;
  end_ms: number;
  /** Capture time minus media time, at its start. */
  media_offset_ms: number;
  /** Of the file. */
  bytes: number;
  /** Video access units in it. */
  frames: number;
  /** RTP packets that were lost while it was made. */
  lost_packets: number;
  /** `continuous`, `schedule`, `event` or `manual`. */
  trigger: string;
  /** `rotated`, `stopped`, `interrupted`, `codec-changed`, `clock-stepped`, `crash`, `disk`. */
  end_reason: string;
  /** Hash chain over its records, hex. */
  chain: string;
  /** When its bytes were last compared with `chain`; null never. */
  verified_ms: number | null;
  /** Plain words: what is wrong with the file, and where; null when it is sound. */
  damage: string | null;
}

interface RecordingFragmentsTable {
  recording_id: string;
  /** `src/archive/fragment-table.ts`. */
  packed: Uint8Array;
}

/** Codec configurations, each once. */
interface RecordingCodecsTable {
  /** SHA-256 of `tracks`, hex, 32 characters. */
  id: string;
  /** JSON text of the tracks, bytes as base64. */
  tracks: string;
  init: Uint8Array;
}

/** Recordings of one camera without a hole between them. */
interface RunsTable {
  id: string;
  camera_id: string;
  start_ms: number;
  end_ms: number;
}

/** Small pictures of what was recorded, an hour to a file. */
export interface ThumbPacksTable {
  /** As in `recordings`; primary key. */
  path: string;
  camera_id: string;
  volume_id: string;
  /** Capture time of the first and the last picture. */
  from_ms: number;
  to_ms: number;
  /** Of the pictures. */
  bytes: number;
  /** `src/archive/thumb-table.ts`. */
  packed: Uint8Array;
}

/** Files to be unlinked; no row points to them. */
interface GarbageTable {
  path: string;
  volume_id: string;
  since_ms: number;
}

/** Intervals in which a recording was wanted and is missing, or is poorer than what the camera sent. */
interface GapsTable {
  id: string;
  camera_id: string;
  start_ms: number;
  /** Null while it lasts. */
  end_ms: number | null;
  /** See `GapCause` in `src/recording/gaps.ts`. */
  cause: string;
  /** Plain words; may be empty. */
  detail: string;
}

/** What was wanted of each camera when the server was last seen: tells what is missing after a stop. */
interface RecordingMarksTable {
  camera_id: string;
  wanted: number;
  /** Up to here everything wanted is recorded or stands in `gaps`. */
  covered_until_ms: number;
  seen_ms: number;
}

interface CameraEventsTable {
  id: string;
  camera_id: string;
  start_ms: number;
  end_ms: number | null;
  /** `manual`, `trigger`, later `motion` and others. */
  kind: string;
  label: string;
  detail: string;
}

/** Evidence: footage that retention does not touch. */
interface HoldsTable {
  id: string;
  /** Null: all cameras. */
  camera_id: string | null;
  start_ms: number;
  end_ms: number;
  /** When it ends by itself; null never. */
  until_ms: number | null;
  reason: string;
  created_ms: number;
}

/** What was deleted, and why; a row for each camera and go. */
interface DeletionsTable {
  id: string;
  camera_id: string;
  start_ms: number;
  end_ms: number;
  recordings: number;
  bytes: number;
  /** `age`, `camera-size`, `total-size`, `free-space`, `request`, `camera-deleted`, `missing`. */
  reason: string;
  detail: string;
  deleted_ms: number;
}

interface ExportsTable {
  id: string;
  /** JSON text. */
  request: string;
  /** `waiting`, `running`, `done`, `failed`. */
  state: string;
  /** 0 to 1. */
  progress: number;
  bytes: number;
  fault: string | null;
  /** JSON text of its files: names in its folder, bytes, camera, SHA-256; null until done. */
  file: string | null;
  created_ms: number;
  changed_ms: number;
}

interface ClipClientsTable {
  id: string;
  name: string;
  /** SHA-256 of its secret, hex. */
  secret_hash: string;
  created_ms: number;
  seen_ms: number | null;
}

interface ClipsTable {
  id: string;
  client_id: string;
  volume_id: string;
  path: string;
  key_id: string | null;
  /** SHA-256 of the bytes that were uploaded, hex. */
  content_hash: string;
  /** `mp4`, `ts` or `mkv`. */
  container: string;
  start_ms: number;
  end_ms: number;
  bytes: number;
  records: number;
  /** `ready` or `broken`. */
  state: string;
  fault: string | null;
  received_ms: number;
}

/** A clip that comes in several goes; the row goes some time after it is whole, or when it expires. */
interface ClipUploadsTable {
  id: string;
  client_id: string;
  /** When the clip was taken, as the client says. */
  start_ms: number;
  end_ms: number | null;
  /** Of the whole file. */
  length_bytes: number;
  expires_ms: number;
  /** What became of it, once it is whole: its clip, or why it is none, as JSON text. */
  clip_id: string | null;
  fault: string | null;
}

/** Durable pieces of an upload, each a file of its own. Together they begin at 0 and have no hole. */
interface ClipUploadPartsTable {
  upload_id: string;
  offset_bytes: number;
  bytes: number;
  volume_id: string;
  path: string;
  key_id: string | null;
}

/** Files of clips and parts that are being written, or were when the server died: no other row points to them yet. */
interface ClipFilesTable {
  path: string;
  volume_id: string;
}

/** What a camera has on a volume; kept right by triggers on `recordings`. No row: nothing. */
interface StorageUseTable {
  camera_id: string;
  volume_id: string;
  bytes: number;
  recordings: number;
}

/** Cameras that were deleted while there was footage of them. */
interface DepartedCamerasTable {
  id: string;
  name: string;
  /** Its recording policy as it was (`src/recording/policy.ts`), JSON text. */
  recording: string;
  /** `keep`: until the rules say otherwise; `delete`: as soon as nothing holds it. */
  footage: string;
  departed_ms: number;
}

export interface Schema extends PeopleSchema {
  cameras: CamerasTable;
  volumes: VolumesTable;
  recording_openings: RecordingOpeningsTable;
  recordings: RecordingsTable;
  recording_fragments: RecordingFragmentsTable;
  recording_codecs: RecordingCodecsTable;
  runs: RunsTable;
  thumb_packs: ThumbPacksTable;
  garbage: GarbageTable;
  gaps: GapsTable;
  recording_marks: RecordingMarksTable;
  camera_events: CameraEventsTable;
  holds: HoldsTable;
  deletions: DeletionsTable;
  storage_use: StorageUseTable;
  departed_cameras: DepartedCamerasTable;
  exports: ExportsTable;
  clip_clients: ClipClientsTable;
  clips: ClipsTable;
  clip_uploads: ClipUploadsTable;
  clip_files: ClipFilesTable;
  clip_upload_parts: ClipUploadPartsTable;
}
