/**
 * A stream as fragments of MP4, one for each access unit.
 *
 * In:  tracks and units from the hub, which this feed reads once for all its channels. Out: an init segment and
 * fragments, each packed once, with the head in front: the same buffer goes to every viewer.
 * A change of tracks is another feed number and another init segment. Sound that falls silent is taken out.
 */
import { ticksToSeconds } from '../../base/units.ts';
import type { Attachment, Reader } from '../../hub/reader.ts';
import { writeFragment } from '../../media/mp4/fragment.ts';
import { writeInit } from '../../media/mp4/init.ts';
import type { PlayableTrack } from '../../media/mp4/playable.ts';
import { isPlayableTrack, mimeCodecs } from '../../media/mp4/playable.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import { isVideo } from '../../media/track.ts';
import type { Feed, FeedMessage, FeedReader, FeedTracks } from './feed.ts';
import { binaryKind, binaryMessage } from './messages.ts';
import { maxCachedBytes, maxCachedUnits, silentAfterSeconds } from './options.ts';
import { SampleClock } from './sample-clock.ts';
import type { LiveStream } from './stream.ts';

interface Lane {
  readonly track: PlayableTrack;
  readonly clock: SampleClock;
  lastSeconds: number | undefined;
}

type State =
  | { readonly kind: 'no-tracks' }
  | { readonly kind: 'unplayable'; readonly why: string }
  | {
      readonly kind: 'running';
      readonly tracks: FeedTracks;
      readonly init: Uint8Array;
      readonly lead: Lane;
      readonly sound: Lane | undefined;
    };

const usualFrameSeconds = 1 / 25;
const notPlayable = 'The camera sends nothing that a browser can play: it needs H.264, H.265, AAC or Opus.';

export class Mp4Feed implements Feed, Reader {
  readonly kind = 'live';
  readonly #stream: LiveStream;
  readonly #nextNumber: () => number;
  readonly #onEmpty: () => void;
  /** Replaced, never changed: messages go out while channels come and go. */
  #readers: readonly FeedReader[] = [];
  #attachment: Attachment | undefined;
  #state: State = { kind: 'no-tracks' };
  /** As announced, whether they are carried or not. */
  #announced: readonly Track[] = [];
  #cached: FeedMessage[] = [];
  #cachedBytes = 0;
  #waitingForKey = true;
  #sequence = 0;

  /** @param nextNumber gives a feed number that no other feed has had. */
  constructor(stream: LiveStream, nextNumber: () => number, onEmpty: () => void) {
    this.#stream = stream;
    this.#nextNumber = nextNumber;
    this.#onEmpty = onEmpty;
  }

  join(reader: FeedReader): { leave(): void } {
    this.#readers = [...this.#readers, reader];
    if (this.#attachment) this.#begin(reader);
    else this.#attach(reader);
    return { leave: () => this.#leave(reader) };
  }

  onTracks(tracks: readonly Track[]): void {
    this.#announced = tracks;
    this.#configure(tracks);
  }

  onUnit(unit: AccessUnit): void {
    const state = this.#state;
    if (state.kind !== 'running') return;
    if (unit.track === state.lead.track.id) this.#leadUnit(state, state.lead, unit);
    else if (state.sound && unit.track === state.sound.track.id) this.#send(state, state.sound, unit, false);
  }

  onDiscontinuity(): void {
    if (this.#state.kind !== 'running') return;
    this.#forget();
    for (const lane of [this.#state.lead, this.#state.sound]) {
      lane?.clock.restart();
      if (lane) lane.lastSeconds = undefined;
    }
  }

  onEnd(reason: string): void {
    const readers = this.#readers;
    this.#readers = [];
    this.#attachment = undefined;
    for (const reader of readers) reader.onEnd('camera-gone', reason);
    this.#onEmpty();
  }

  /** The first channel gets what the hub has kept through `onTracks` and `onUnit`, like everything after it. */
  #attach(reader: FeedReader): void {
    const attached = this.#stream.attach(this);
    if (attached.ok) {
      this.#attachment = attached.value;
    } else {
      this.#readers = this.#readers.filter((other) => other !== reader);
      reader.onEnd('camera-gone', 'The camera was switched off or changed.');
      this.#onEmpty();
    }
  }

  #begin(reader: FeedReader): void {
    const state = this.#state;
    if (state.kind === 'unplayable') return this.#refuse(reader, state.why);
    if (state.kind !== 'running') return;
    reader.onTracks(state.tracks, state.init);
    if (this.#cached.length > 0) reader.onCached(this.#cached);
  }

  #leave(reader: FeedReader): void {
    if (!this.#readers.includes(reader)) return;
    this.#readers = this.#readers.filter((other) => other !== reader);
    if (this.#readers.length > 0) return;
    this.#attachment?.detach();
    this.#attachment = undefined;
    this.#onEmpty();
  }

  #refuse(reader: FeedReader, why: string): void {
    reader.onEnd('not-playable', why);
    this.#leave(reader);
  }

  #configure(announced: readonly Track[]): void {
    const playable = announced.filter(isPlayableTrack);
    const video = playable.find((track) => isVideo(track.codec));
    const audio = playable.find((track) => !isVideo(track.codec));
    const lead = video ?? audio;
    const carried = [video, audio].filter((track) => track !== undefined);
    const init = writeInit(carried);
    this.#forget();
    if (!lead || !init.ok) {
      this.#state = { kind: 'unplayable', why: notPlayable };
      for (const reader of this.#readers) this.#refuse(reader, notPlayable);
      return;
    }
    const tracks = this.#describe(carried);
    const head = { kind: binaryKind.init, key: false, feed: tracks.feed, captureMs: 0, presentationMs: 0 };
    this.#state = {
      kind: 'running',
      tracks,
      init: binaryMessage(head, init.value),
      lead: laneOf(lead),
      sound: video && audio && laneOf(audio),
    };
    for (const reader of this.#readers) reader.onTracks(tracks, this.#state.init);
  }

  #describe(carried: readonly PlayableTrack[]): FeedTracks {
    const video = carried.find((track) => isVideo(track.codec))?.codec;
    const audio = carried.find((track) => !isVideo(track.codec))?.codec;
    return {
      feed: this.#nextNumber(),
      mime: `video/mp4; codecs="${mimeCodecs(carried)}"`,
      video:
        video && isVideo(video)
          ? { codec: video.codecString, width: video.widthPixels, height: video.heightPixels }
          : null,
      audio: audio ? { codec: audio.codecString } : null,
      note: this.#note(carried),
    };
  }

  #note(carried: readonly Track[]): string | null {
    const left = this.#announced.find((track) => !carried.some(({ id }) => id === track.id));
    if (!left) return null;
    if (isPlayableTrack(left)) return 'The camera’s sound has fallen silent.';
    return left.codec.kind === 'g711'
      ? 'The camera’s sound (G.711) does not fit into MP4; over WebRTC it is heard.'
      : `The camera’s ${isVideo(left.codec) ? 'picture' : 'sound'} does not fit into MP4.`;
  }

  #leadUnit(state: State & { kind: 'running' }, lane: Lane, unit: AccessUnit): void {
    if (unit.key) {
      this.#forget();
      this.#waitingForKey = false;
    }
    if (this.#waitingForKey) return;
    if (this.#isSilent(state, lane, unit)) {
      // Whoever watches gets another feed at the next keyframe; this one would stand still in the browser.
      if (unit.key) this.#configure(this.#announced.filter(({ id }) => id !== state.sound?.track.id));
      const next = this.#state;
      if (unit.key && next.kind === 'running') {
        this.#waitingForKey = false;
        return this.#send(next, next.lead, unit, true);
      }
    }
    this.#send(state, lane, unit, unit.key);
  }

  #isSilent({ sound }: State & { kind: 'running' }, lead: Lane, unit: AccessUnit): boolean {
    if (!sound) return false;
    const seconds = ticksToSeconds(unit.dts, lead.track.clockHz);
    sound.lastSeconds ??= seconds;
    return seconds - sound.lastSeconds > silentAfterSeconds;
  }

  #send({ tracks }: State & { kind: 'running' }, lane: Lane, unit: AccessUnit, key: boolean): void {
    if (this.#waitingForKey) return;
    const { track } = lane;
    lane.lastSeconds = ticksToSeconds(unit.dts, track.clockHz);
    this.#sequence = (this.#sequence + 1) % 2 ** 32;
    const fragment = writeFragment(this.#sequence, track, {
      unit,
      durationTicks: lane.clock.place(unit.dts),
    });
    const head = {
      kind: binaryKind.fragment,
      key,
      feed: tracks.feed,
      captureMs: unit.wallMs,
      presentationMs: (unit.pts / track.clockHz) * 1000,
    };
    const message = { bytes: binaryMessage(head, fragment), key };
    this.#keep(message);
    for (const reader of this.#readers) reader.onMessage(message);
  }

  #keep(message: FeedMessage): void {
    this.#cached.push(message);
    this.#cachedBytes += message.bytes.length;
    if (this.#cachedBytes <= maxCachedBytes && this.#cached.length <= maxCachedUnits) return;
    // A new array: a channel may be reading the old one.
    this.#cached = [];
    this.#cachedBytes = 0;
  }

  /** Nothing is sent or kept until a keyframe. */
  #forget(): void {
    this.#cached = [];
    this.#cachedBytes = 0;
    this.#waitingForKey = true;
  }
}

function laneOf(track: PlayableTrack): Lane {
  const { codec } = track;
  const seconds = isVideo(codec) ? 1 / (codec.framesPerSecond ?? 1 / usualFrameSeconds) : audioSeconds(track);
  return { track, clock: new SampleClock(track.clockHz, seconds), lastSeconds: undefined };
}

/** AAC: 1024 samples (ISO/IEC 14496-3, 4.5.2.1.1). Opus: 20 ms unless the packets say otherwise (RFC 7587, 6.1). */
function audioSeconds({ codec }: PlayableTrack): number {
  return codec.kind === 'aac' ? 1024 / codec.sampleRateHz : 0.02;
}
