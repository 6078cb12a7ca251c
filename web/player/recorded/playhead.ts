/**
 * Where playback stands and what it does, as a pure function of what was and what happened; times are capture times.
 * The clock moves only while pictures are seen: it waits for the first one, and it never jumps back by itself.
 */
export type Playhead =
  | { readonly kind: 'live' }
  /** A pointer holds it; pictures follow. */
  | { readonly kind: 'scrubbing'; readonly atMs: number; readonly plays: boolean }
  /** Wanted, and not on the screen yet. */
  | { readonly kind: 'opening'; readonly atMs: number; readonly plays: boolean; readonly attempt: number }
  | { readonly kind: 'playing'; readonly atMs: number }
  | { readonly kind: 'paused'; readonly atMs: number }
  /** Where nothing was recorded. Passed when it `plays` and footage follows. */
  | {
      readonly kind: 'gap';
      readonly atMs: number;
      readonly plays: boolean;
      readonly fromMs: number;
      /** Undefined: nothing follows. */
      readonly untilMs: number | undefined;
    }
  /** There is footage, and it could not be read. */
  | {
      readonly kind: 'failed';
      readonly atMs: number;
      readonly plays: boolean;
      readonly reason: string;
      readonly attempt: number;
      /** Tried again then, by the clock that `failed` came with. */
      readonly retryAtMs: number;
    };

export type Occurrence =
  | { readonly kind: 'live' }
  | { readonly kind: 'grab' | 'drag'; readonly atMs: number }
  | { readonly kind: 'release' }
  /** `plays` absent: goes on as before; from live it plays. */
  | { readonly kind: 'seek'; readonly atMs: number; readonly plays?: boolean }
  | { readonly kind: 'play' }
  | { readonly kind: 'pause' }
  /** A picture is on the screen. */
  | { readonly kind: 'shown'; readonly atMs: number }
  | { readonly kind: 'hole'; readonly atMs: number; readonly untilMs: number | undefined }
  /** Time passed while a gap is crossed. */
  | { readonly kind: 'tick'; readonly elapsedMs: number; readonly speed: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly nowMs: number }
  | { readonly kind: 'retry' };

/** No gap holds a viewer up for longer. */
export const longestGapMs = 3000;
const firstRetryMs = 1000;
const lastRetryMs = 15_000;

export function step(state: Playhead, happened: Occurrence): Playhead {
  switch (happened.kind) {
    case 'live':
      return { kind: 'live' };
    case 'grab':
    case 'drag':
      return { kind: 'scrubbing', atMs: happened.atMs, plays: goesOn(state) };
    case 'release':
      return released(state);
    case 'seek':
      return opening(happened.atMs, happened.plays ?? goesOn(state));
    case 'play':
    case 'pause':
      return turned(state, happened.kind === 'play');
    case 'shown':
      return shown(state, happened.atMs);
    case 'hole':
      return hole(state, happened.atMs, happened.untilMs);
    case 'tick':
      return passed(state, happened.elapsedMs, happened.speed);
    case 'failed':
      return failed(state, happened.reason, happened.nowMs);
    case 'retry':
      return retried(state);
  }
}

/** Whether it moves, or will as soon as it can. */
export function goesOn(state: Playhead): boolean {
  if (state.kind === 'live' || state.kind === 'playing') return true;
  return state.kind !== 'paused' && state.plays;
}

/** Undefined while live. */
export function placeMs(state: Playhead): number | undefined {
  return state.kind === 'live' ? undefined : state.atMs;
}

function opening(atMs: number, plays: boolean): Playhead {
  return { kind: 'opening', atMs, plays, attempt: 0 };
}

function released(state: Playhead): Playhead {
  return state.kind === 'scrubbing' ? opening(state.atMs, state.plays) : state;
}

function retried(state: Playhead): Playhead {
  if (state.kind !== 'failed') return state;
  const { atMs, plays, attempt } = state;
  return { kind: 'opening', atMs, plays, attempt };
}

function turned(state: Playhead, plays: boolean): Playhead {
  if (state.kind === 'live') return state;
  if ('plays' in state) return { ...state, plays };
  return { kind: plays ? 'playing' : 'paused', atMs: state.atMs };
}

function shown(state: Playhead, atMs: number): Playhead {
  if (state.kind === 'opening') return { kind: state.plays ? 'playing' : 'paused', atMs };
  // Pictures arrive in order; a late report of an earlier one moves nothing.
  if (state.kind === 'playing') return atMs > state.atMs ? { kind: 'playing', atMs } : state;
  return state.kind === 'paused' ? { kind: 'paused', atMs } : state;
}

function hole(state: Playhead, atMs: number, untilMs: number | undefined): Playhead {
  if (state.kind !== 'playing' && state.kind !== 'opening') return state;
  // Passed already: nothing leads back into it.
  if (state.kind === 'playing' && untilMs !== undefined && untilMs <= state.atMs) return state;
  return { kind: 'gap', atMs, fromMs: atMs, untilMs, plays: goesOn(state) };
}

function passed(state: Playhead, elapsedMs: number, speed: number): Playhead {
  if (state.kind !== 'gap' || !state.plays || state.untilMs === undefined) return state;
  const pace = Math.max(speed, (state.untilMs - state.fromMs) / longestGapMs);
  const atMs = state.atMs + elapsedMs * pace;
  return atMs < state.untilMs ? { ...state, atMs } : opening(state.untilMs, true);
}

function failed(state: Playhead, reason: string, nowMs: number): Playhead {
  if (state.kind === 'live' || state.kind === 'scrubbing' || state.kind === 'failed') return state;
  const attempt = state.kind === 'opening' ? state.attempt + 1 : 1;
  const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** (attempt - 1));
  return {
    kind: 'failed',
    atMs: state.atMs,
    plays: goesOn(state),
    reason,
    attempt,
    retryAtMs: nowMs + waitMs,
  };
}
