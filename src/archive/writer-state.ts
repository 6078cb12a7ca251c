/**
 * How far a recording is, from nothing to its row.
 */
import type { Result } from '../base/result.ts';
import type { OpeningRow } from '../database/recordings.ts';
import type { Envelope } from './envelope.ts';
import type { RecordingFile } from './recording-file.ts';
import type { ArchiveFault, EndReason, RecordingId, RecordingInfo } from './types.ts';
import type { FilePosition } from './writer-parts.ts';

export interface WriterIdentity {
  readonly id: RecordingId;
  readonly runId: string;
  readonly init: Uint8Array;
}

export interface OpenFile {
  readonly file: RecordingFile;
  readonly envelope: Envelope;
}

/** Each but the last two goes on in a turn at the volume; `announcing` and `committing` wait for the database. */
export type WriterState =
  | { readonly kind: 'new' }
  | { readonly kind: 'check'; readonly at: FilePosition }
  | { readonly kind: 'announcing'; readonly at: FilePosition }
  | { readonly kind: 'create'; readonly at: FilePosition; readonly opening: OpeningRow }
  | ({ readonly kind: 'writing'; readonly at: FilePosition; readonly opening: OpeningRow } & OpenFile)
  | ({ readonly kind: 'committing'; readonly at: FilePosition } & OpenFile)
  | {
      readonly kind: 'failed';
      readonly fault: ArchiveFault;
      readonly before: Exclude<WriterState, { kind: 'failed' }>;
    };

/** Asked for by the recorder; done when all that waits is written. */
export interface Closing {
  readonly reason: EndReason;
  readonly resolve: (result: Result<RecordingInfo, ArchiveFault>) => void;
}
