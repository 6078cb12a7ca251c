/**
 * One stream on its way to one worker: read once, whatever the number of viewers there.
 *
 * In:  tracks and units from the hub. Out: the same to the worker. When the tracks become such that the viewers' answers
 * do not fit any more, viewers are ended and come again. When the worker is behind, units are left out to the next
 * keyframe.
 */
import type { Result } from '../../base/result.ts';
import { ok } from '../../base/result.ts';
import type { AttachRefusal, Attachment, Reader } from '../../hub/reader.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import type { Carried } from './negotiate.ts';
import { carriedTracks, unsendable } from './negotiate.ts';
import type { WebRtcStream } from './stream.ts';
import type { WebRtcWorker, WorkerStream } from './worker.ts';
import type { LaneName } from './worker/protocol.ts';

/** Whoever watches through this feed. */
export interface FeedViewer {
  end(reason: string): void;
}

export class Feed implements Reader {
  readonly kind = 'webrtc';
  readonly stream: WebRtcStream;
  readonly #worker: WebRtcWorker;
  readonly #sent: WorkerStream;
  readonly #viewers = new Set<FeedViewer>();
  readonly #onEmpty: () => void;
  #attachment: Attachment | undefined;
  #carried: Carried | undefined;
  #lanes: readonly (LaneName | undefined)[] = [];
  #waitingForKey = false;
  #open = true;

  constructor(stream: WebRtcStream, worker: WebRtcWorker, sent: WorkerStream, onEmpty: () => void) {
    this.stream = stream;
    this.#worker = worker;
    this.#sent = sent;
    this.#onEmpty = onEmpty;
  }

  /** Begins to read the stream: an on-demand camera is connected. */
  open(): Result<undefined, AttachRefusal> {
    const attached = this.stream.attach(this);
    if (!attached.ok) return attached;
    this.#attachment = attached.value;
    return ok(undefined);
  }

  /** Its name in the worker. */
  get number(): number {
    return this.#sent.number;
  }

  /** Undefined until the camera is connected. */
  get carried(): Carried | undefined {
    return this.#carried;
  }

  /** New viewers may join. */
  get isUsable(): boolean {
    return this.#open && this.#sent.isAlive;
  }

  add(viewer: FeedViewer): void {
    this.#viewers.add(viewer);
  }

  /** Without viewers it ends. */
  remove(viewer: FeedViewer): void {
    if (this.#viewers.delete(viewer) && this.#viewers.size === 0) this.#close();
  }

  pendingBytes(): number {
    return this.#worker.queuedBytes;
  }

  onTracks(tracks: readonly Track[]): void {
    const carried = carriedTracks(tracks);
    const before = this.#carried;
    this.#carried = carried;
    const lanes: (LaneName | undefined)[] = [];
    if (carried.video) lanes[carried.video.id] = 'video';
    if (carried.audio) lanes[carried.audio.id] = 'audio';
    this.#lanes = lanes;
    const refusal = unsendable(carried);
    if (!refusal) this.#sent.tracks(carried);
    if (refusal) this.#endViewers(refusal.detail);
    else if (before && layoutOf(before) !== layoutOf(carried)) {
      this.#endViewers('The camera sends something else now; connect again.');
    }
  }

  onUnit(unit: AccessUnit): void {
    const lane = this.#lanes[unit.track];
    if (!lane) return;
    if (lane === 'video') {
      if (this.#waitingForKey && !unit.key) return;
      this.#waitingForKey = false;
    }
    if (!this.#sent.unit(lane, unit) && lane === 'video') this.#waitingForKey = true;
  }

  onEnd(reason: string): void {
    this.#attachment = undefined;
    this.#endViewers(reason);
    this.#close();
  }

  #endViewers(reason: string): void {
    for (const viewer of Array.from(this.#viewers)) viewer.end(reason);
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#attachment?.detach();
    this.#attachment = undefined;
    this.#sent.close();
    this.#onEmpty();
  }
}

/** What an answer fixes; parameter sets may change within the stream. */
function layoutOf({ video, audio }: Carried): string {
  const sound = audio?.codec.kind === 'g711' ? audio.codec.law : '';
  return `${video?.codec.kind ?? ''} ${audio?.codec.kind ?? ''} ${sound}`;
}
