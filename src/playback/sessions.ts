/**
 * Playback sessions: begun, found by id, extended, ended, and forgotten when their time is over.
 *
 * In:  requests. Out: playlists, init segments and segments, or why not. Promises: the number of sessions, what they
 * remember, the segments that are kept and those made at one time have limits; nothing here throws at footage.
 */
import type { Timer } from '../base/clock.ts';
import type { CameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import { Gate } from '../archive/lane.ts';
import type { ArchiveFault, RecordingId } from '../archive/types.ts';
import { writeInit } from '../media/mp4/init.ts';
import { isVideo } from '../media/track.ts';
import { listKeyframes } from './keyframes.ts';
import { MadeCache } from './made-cache.ts';
import type { SegmentFormat } from './playlist.ts';
import { targetDurationSeconds, writeKeyframes, writeMedia, writeVariants } from './playlist.ts';
import type { MadeSegment } from './segments.ts';
import { makeKeyframe, makeSegment } from './segments.ts';
import type { FootageParts, Planned, SessionRange } from './session.ts';
import { Session, planSession } from './session.ts';
import {
  cacheBytes,
  firstSegmentMs,
  idleSessionMs,
  longestGrowingSegmentMs,
  longestRangeMs,
  longestTtlMs,
  maxMaking,
  maxPlannedSegments,
  maxPlannedSegmentsOfOne,
  maxPlanning,
  maxRemembered,
  maxSessions,
  maxSessionsOfOne,
  maxTriedFirst,
  maxWaitingToMake,
  maxWaitingToPlan,
  refreshMs,
  sessionTtlMs,
} from './session-limits.ts';
import { variantOf } from './variant.ts';

export interface SessionParts extends FootageParts {
  /** Nobody can guess one. */
  readonly newId: () => string;
}

/** `auto`: MPEG-TS for H.264 with AAC or without sound, else fragmented MP4. */
export interface SessionRequest extends SessionRange {
  readonly format: 'auto' | SegmentFormat;
  /** Whose session it is to be. */
  readonly owner: string;
}

export type SessionFault =
  | ArchiveFault
  | { readonly kind: 'bad-range'; readonly message: string }
  | {
      readonly kind: 'no-footage';
      readonly beforeMs: UnixMs | undefined;
      readonly afterMs: UnixMs | undefined;
    }
  /** Too many sessions are in use. */
  | { readonly kind: 'full'; readonly message: string }
  /** One owner has too many of them. */
  | { readonly kind: 'full-of-one'; readonly message: string };

/** A way to watch live, which needs nothing of us but to be remembered. */
export interface LiveSession {
  readonly id: string;
  readonly cameraId: CameraId;
  readonly format: 'hls' | 'rtsp' | 'webrtc';
  readonly url: string;
}

export interface SessionEntry<Content = Session | LiveSession> {
  readonly content: Content;
  /** Nobody else may use it. */
  readonly owner: string;
  readonly expiresMs: UnixMs;
}

interface Held {
  readonly content: Session | LiveSession;
  readonly owner: string;
  expiresMs: number;
  usedMs: number;
}

const sweepMs = 60_000;

interface Most {
  readonly sessions: number;
  readonly segments: number;
}

const ofAll: Most = { sessions: maxSessions, segments: maxPlannedSegments };
const ofOne: Most = { sessions: maxSessionsOfOne, segments: maxPlannedSegmentsOfOne };

export class PlaybackSessions {
  readonly #parts: SessionParts;
  readonly #held = new Map<string, Held>();
  readonly #made = new MadeCache({ bytes: cacheBytes, making: maxMaking, waiting: maxWaitingToMake });
  readonly #planning = new Gate(maxPlanning, maxWaitingToPlan);
  /** Damage was met in them. */
  readonly #damaged = new Set<RecordingId>();
  #sweeping: Timer | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#held.size;
  }

  async start(request: SessionRequest): Promise<Result<SessionEntry<Session>, SessionFault>> {
    const wrong = rangeFault(request);
    if (wrong !== undefined) return err({ kind: 'bad-range', message: wrong });
    const planning = await this.#planning.through(() => planSession(this.#parts, request));
    if (!planning) return err(busy);
    const planned = planning.value;
    if (!planned.ok) return planned;
    if (planned.value.plan.segments.length === 0 && !planned.value.isGrowing)
      return err(await this.#nearest(request));
    const session = new Session(
      this.#parts.newId(),
      planned.value,
      formatOf(request, planned.value),
      this.#parts,
    );
    await this.#tryDamaged(session);
    return this.#hold(session, request.owner);
  }

  startLive(live: Omit<LiveSession, 'id'>, owner: string): Result<SessionEntry<LiveSession>, SessionFault> {
    return this.#hold({ ...live, id: this.#parts.newId() }, owner);
  }

  /** Undefined when it is unknown or over. */
  find(id: string): SessionEntry | undefined {
    const held = this.#held.get(id);
    if (!held) return undefined;
    const nowMs = this.#parts.clock.monotonicMs();
    if (held.expiresMs <= nowMs) {
      this.end(id);
      return undefined;
    }
    held.usedMs = nowMs;
    return this.#entry(held);
  }

  /** Its end is so much later, within a limit. Undefined when it is unknown or over. */
  extend(id: string, durationSeconds: number): SessionEntry | undefined {
    const held = this.find(id) && this.#held.get(id);
    if (!held) return undefined;
    const latestMs = this.#parts.clock.monotonicMs() + longestTtlMs;
    held.expiresMs = Math.min(held.expiresMs + durationSeconds * 1000, latestMs);
    return this.#entry(held);
  }

  /** False when it is unknown. */
  end(id: string): boolean {
    this.#made.drop(`${id}/`);
    return this.#held.delete(id);
  }

  /** Footage of a camera was deleted on purpose: what was made of it is not shown again. */
  forget(cameraId: CameraId): void {
    for (const [id, { content }] of this.#held) {
      if (content instanceof Session && content.range.cameraId === cameraId) this.#made.drop(`${id}/`);
    }
  }

  close(): void {
    this.#sweeping?.cancel();
    this.#sweeping = undefined;
    for (const id of this.#held.keys()) this.end(id);
  }

  /** The media playlist. One that grows is brought up to date, and waits for its first segment. */
  async mediaPlaylist(session: Session): Promise<string> {
    await session.refresh();
    const { clock } = this.#parts;
    const deadlineMs = clock.monotonicMs() + firstSegmentMs;
    while (session.isGrowing && session.segments.length === 0 && clock.monotonicMs() < deadlineMs) {
      await new Promise<void>((wake) => clock.after(refreshMs, wake));
      await session.refresh();
    }
    const { segments, format, missing, isEvent, isGrowing, range } = session;
    return writeMedia({
      format,
      segments,
      missing,
      targetDurationSeconds: isEvent ? growingTargetSeconds : targetDurationSeconds(segments),
      fromMs: range.fromMs,
      isEvent,
      isEnded: !isGrowing,
    });
  }

  async keyframePlaylist(session: Session): Promise<Result<string, ArchiveFault>> {
    await session.refresh();
    const listing = await this.#planning.through(() => listKeyframes(this.#parts, session.segments));
    return listing ? ok(writeKeyframes(listing.value, session.isEvent, !session.isGrowing)) : err(busy);
  }

  async variantPlaylist(session: Session): Promise<string> {
    await session.refresh();
    return writeVariants(variantOf(session.segments, session.codecs));
  }

  /** Undefined when there is no such segment. */
  async segment(
    session: Session,
    index: number,
    format: SegmentFormat,
  ): Promise<Result<MadeSegment, ArchiveFault> | undefined> {
    if (index >= session.segments.length) await session.refresh();
    const segment = session.segments[index];
    if (!segment) return undefined;
    const { originSeconds } = session;
    const made = await this.#made.get(`${session.id}/${index}.${format}`, () =>
      makeSegment(this.#parts.archive, { segment, format, index, originSeconds }),
    );
    if (!made.ok && (made.error.kind === 'gone' || made.error.kind === 'damaged')) session.missing.add(index);
    if (!made.ok && made.error.kind === 'damaged') this.#remember(segment.recordingId);
    return made;
  }

  /** The keyframe that a fragment of a segment begins with; `fragment` counts within the segment. */
  async keyframe(
    session: Session,
    index: number,
    fragment: number,
  ): Promise<Result<MadeSegment, ArchiveFault> | undefined> {
    const segment = session.segments[index];
    if (!segment || segment.first + fragment > segment.last) return undefined;
    return this.#made.get(`${session.id}/${index}.${fragment}.key`, () =>
      makeKeyframe(this.#parts.archive, segment, segment.first + fragment),
    );
  }

  /** hls.js looks at a finished playlist once: what is known to be damaged has to be a gap from the start. */
  async #tryDamaged(session: Session): Promise<void> {
    let tried = 0;
    for (const [index, { recordingId }] of session.segments.entries()) {
      if (!this.#damaged.has(recordingId) && !session.damaged.has(recordingId)) continue;
      tried += 1;
      if (tried > maxTriedFirst) return;
      await this.segment(session, index, session.format);
    }
  }

  #remember(id: RecordingId): void {
    this.#damaged.add(id);
    for (const oldest of this.#damaged) {
      if (this.#damaged.size <= maxRemembered) break;
      this.#damaged.delete(oldest);
    }
  }

  async #nearest({ cameraId, fromMs }: SessionRange): Promise<SessionFault> {
    const { before, after } = await this.#parts.archive.nearest(cameraId, fromMs);
    return { kind: 'no-footage', beforeMs: before?.endMs, afterMs: after?.startMs };
  }

  #hold<Content extends Session | LiveSession>(
    content: Content,
    owner: string,
  ): Result<SessionEntry<Content>, SessionFault> {
    if (!this.#makeRoom(content, ofOne, owner)) return err(fullOfOne);
    if (!this.#makeRoom(content, ofAll)) return err(full);
    const nowMs = this.#parts.clock.monotonicMs();
    const held = { content, owner, expiresMs: nowMs + sessionTtlMs, usedMs: nowMs };
    this.#held.set(content.id, held);
    this.#sweeping ??= this.#parts.clock.after(sweepMs, () => this.#sweep());
    return ok({ content, owner, expiresMs: this.#wallMs(held.expiresMs) });
  }

  /**
   * Ends sessions that nobody uses until another fits.
   * @param owner of whom they are counted and ended; of everybody when absent
   */
  #makeRoom(content: Session | LiveSession, most: Most, owner?: string): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    const counted = [...this.#held].filter(([, held]) => owner === undefined || held.owner === owner);
    let { length: sessions } = counted;
    let segments = plannedOf(content);
    for (const [, { content: other }] of counted) segments += plannedOf(other);
    for (const [id, held] of counted.sort(([, a], [, b]) => a.usedMs - b.usedMs)) {
      if (sessions < most.sessions && segments <= most.segments) break;
      if (nowMs - held.usedMs < idleSessionMs) return false;
      sessions -= 1;
      segments -= plannedOf(held.content);
      this.end(id);
    }
    return true;
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [id, { expiresMs }] of this.#held) if (expiresMs <= nowMs) this.end(id);
    this.#sweeping =
      this.#held.size === 0 ? undefined : this.#parts.clock.after(sweepMs, () => this.#sweep());
  }

  #entry({ content, owner, expiresMs }: Held): SessionEntry {
    return { content, owner, expiresMs: this.#wallMs(expiresMs) };
  }

  #wallMs(monotonicMs: number): UnixMs {
    const { clock } = this.#parts;
    return unixMs(Math.round(clock.nowMs() + monotonicMs - clock.monotonicMs()));
  }
}

/** Init segment of a session's pictures alone; undefined when there are none. */
export function keyframeInit(session: Session, codec: number): Uint8Array | undefined {
  const track = session.codecs[codec]?.tracks.find((candidate) => isVideo(candidate.codec));
  const written = track && writeInit([track]);
  return written?.ok ? written.value : undefined;
}

const growingTargetSeconds = longestGrowingSegmentMs / 1000;

const busy: ArchiveFault = {
  kind: 'busy',
  message: 'Too many people ask for footage at this moment. Ask again in a second.',
};

const full: SessionFault = {
  kind: 'full',
  message: `Too many playback sessions are in use: there can be ${limitWords(ofAll)}`,
};

const fullOfOne: SessionFault = {
  kind: 'full-of-one',
  message: `Your account has too many playback sessions in use: each can have ${limitWords(ofOne)}`,
};

function limitWords({ sessions, segments }: Most): string {
  return `${sessions}, with ${segments} segments in all. End one, or try again in half a minute.`;
}

function rangeFault({ fromMs, toMs }: SessionRange): string | undefined {
  if (toMs <= fromMs) return 'end_time must be later than start_time.';
  if (toMs - fromMs > longestRangeMs) return 'The range must not be longer than 24 hours.';
  return undefined;
}

function formatOf({ format }: SessionRequest, { codecs }: Planned): SegmentFormat {
  if (format !== 'auto') return format;
  const kinds = codecs.flatMap((codec) => codec?.tracks.map((track) => track.codec.kind) ?? []);
  return kinds.every((kind) => kind === 'h264' || kind === 'aac') ? 'ts' : 'fmp4';
}

function plannedOf(content: Session | LiveSession): number {
  return content instanceof Session ? content.segments.length : 0;
}
