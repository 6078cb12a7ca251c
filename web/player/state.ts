/**
 * What a player is doing, and why. Pure: in goes an occurrence, out comes the next state.
 * The same object comes back when nothing changed, so a listener may compare by identity.
 * All times are Unix ms of this machine.
 */
export type PlayerState =
  /** Nothing is being asked of the server. */
  | { readonly kind: 'idle'; readonly why: IdleWhy; readonly reason: string }
  /** First attempt since the player was asked to play; no picture yet. */
  | { readonly kind: 'connecting'; readonly reason: string; readonly sinceMs: number }
  | { readonly kind: 'playing'; readonly reason: string; readonly sinceMs: number }
  /** There was a picture, but no new one for three seconds. `nextTryMs` is undefined while trying. */
  | {
      readonly kind: 'stalled';
      readonly reason: string;
      readonly sinceMs: number;
      readonly nextTryMs: number | undefined;
    }
  /** The server has no picture, or is away itself. */
  | {
      readonly kind: 'offline';
      readonly reason: string;
      readonly sinceMs: number;
      readonly nextTryMs: number | undefined;
      readonly code: string;
    }
  /** This browser cannot play the codec; trying again changes nothing. */
  | { readonly kind: 'unsupported'; readonly reason: string; readonly codec: string };

/** `empty`: no camera given. `asleep`: nobody can see it. `queued`: enough others play. `paused`: by hand. */
export type IdleWhy = 'empty' | 'asleep' | 'queued' | 'paused';

export type Occurrence =
  | { readonly kind: 'rest'; readonly why: IdleWhy }
  | { readonly kind: 'attempt'; readonly nowMs: number }
  /** A new picture is on the screen. */
  | { readonly kind: 'frame'; readonly nowMs: number }
  | { readonly kind: 'tick'; readonly nowMs: number; readonly lastFrameMs: number | undefined }
  | {
      readonly kind: 'failed';
      readonly nowMs: number;
      readonly reason: string;
      readonly code: string;
      readonly sinceMs: number | undefined;
      readonly nextTryMs: number;
    }
  | { readonly kind: 'unsupported'; readonly reason: string; readonly codec: string };

/** A picture older than this is not live any more. */
export const stallAfterMs = 3000;
/** After a stall, the transport may mend itself for so long before it is built anew. */
export const mendMs = 3000;
/** An attempt without a picture for so long has failed: more than a slow camera with a long GOP needs. */
export const attemptLimitMs = 20_000;

const restReasons: Record<IdleWhy, string> = {
  empty: 'No camera chosen',
  asleep: 'Resting while nobody looks',
  queued: 'Waits its turn: enough others play',
  paused: 'Paused',
};

export const initialState: PlayerState = { kind: 'idle', why: 'empty', reason: restReasons.empty };

export function next(state: PlayerState, occurrence: Occurrence): PlayerState {
  switch (occurrence.kind) {
    case 'rest':
      if (state.kind === 'idle' && state.why === occurrence.why) return state;
      return { kind: 'idle', why: occurrence.why, reason: restReasons[occurrence.why] };
    case 'attempt':
      return onAttempt(state, occurrence.nowMs);
    case 'frame':
      if (state.kind === 'playing' || state.kind === 'idle') return state;
      return { kind: 'playing', reason: 'Live', sinceMs: occurrence.nowMs };
    case 'tick':
      return onTick(state, occurrence.nowMs, occurrence.lastFrameMs);
    case 'failed':
      return onFailed(state, occurrence);
    case 'unsupported':
      return { kind: 'unsupported', reason: occurrence.reason, codec: occurrence.codec };
  }
}

/** True when it is time to build the transport anew. */
export function retryDue(state: PlayerState, nowMs: number): boolean {
  const waits = state.kind === 'stalled' || state.kind === 'offline';
  return waits && state.nextTryMs !== undefined && state.nextTryMs <= nowMs;
}

/** Trouble that is known stays on show while trying again: no flicker between two words. */
function onAttempt(state: PlayerState, nowMs: number): PlayerState {
  if (state.kind === 'stalled' || state.kind === 'offline') return { ...state, nextTryMs: undefined };
  return { kind: 'connecting', reason: 'Connecting', sinceMs: nowMs };
}

function onTick(state: PlayerState, nowMs: number, lastFrameMs: number | undefined): PlayerState {
  if (state.kind !== 'playing') return state;
  const sinceMs = Math.max(state.sinceMs, lastFrameMs ?? 0);
  if (nowMs - sinceMs < stallAfterMs) return state;
  return { kind: 'stalled', reason: 'No new picture', sinceMs, nextTryMs: nowMs + mendMs };
}

function onFailed(state: PlayerState, failure: Extract<Occurrence, { kind: 'failed' }>): PlayerState {
  if (state.kind === 'idle') return state;
  const known = state.kind === 'stalled' || state.kind === 'offline' ? state.sinceMs : failure.nowMs;
  return {
    kind: 'offline',
    reason: failure.reason,
    sinceMs: failure.sinceMs ?? known,
    nextTryMs: failure.nextTryMs,
    code: failure.code,
  };
}
