/**
 * Everything the timeline of a camera knows and does. In: camera, address, where pictures go. Out: one value that the
 * page renders, and what its buttons, keys and pointers call.
 */
import { useState } from 'react';
import type { RefObject } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { Timeline } from '../../../../src/api/contract/recording.ts';
import type { SightlinePlayer } from '../../../player/element.ts';
import { goesOn, placeMs } from '../../../player/recorded/playhead.ts';
import type { Coverage, RecordedLook } from '../../../player/recorded/recorded-options.ts';
import type { RecordedPlayer } from '../../../player/recorded/recorded-player.ts';
import { nextSpeed } from '../../../player/recorded/speed.ts';
import { serverNow, useServerNow } from '../../api/now.ts';
import { nextFootage, useTimeline } from '../../api/timeline.ts';
import { momentOn, neighbour } from './lanes.ts';
import { dragged, moved, offered } from './marks.ts';
import type { End, Marks } from './marks.ts';
import { around, readAround, spanMs, zoom } from './scale.ts';
import type { View } from './scale.ts';
import type { StripClock } from './strip.ts';
import { useMoment } from './use-moment.ts';
import { useRecorded } from './use-recorded.ts';
import { useFollow, useView } from './use-view.ts';
import { useZone } from './zone-choice.ts';
import { clockText } from './zone.ts';

export interface WatchOptions {
  readonly camera: Camera;
  readonly stage: HTMLElement;
  readonly liveRef: RefObject<SightlinePlayer | null>;
  /** ISO 8601; undefined: live. */
  readonly at: string | undefined;
  readonly onAt: (at: string | undefined) => void;
}

export interface Watch {
  readonly view: View;
  readonly zone: string;
  readonly nowMs: number;
  /** Of the playhead; now while live. */
  readonly headMs: number;
  readonly timeline: Timeline | undefined;
  readonly timelineFault: unknown;
  readonly player: RecordedPlayer | undefined;
  readonly look: RecordedLook;
  readonly marks: Marks | undefined;
  readonly plays: boolean;
  readonly setView: (view: View) => void;
  readonly setZone: (zone: string) => void;
  /** @param factor below 1 shows less time, around the playhead when that is in sight. */
  readonly zoomBy: (factor: number) => void;
  /** Shows the moment, and plays from there. */
  readonly go: (ms: number) => void;
  readonly moveBy: (byMs: number) => void;
  readonly toNeighbour: (by: 1 | -1) => void;
  readonly togglePlay: () => void;
  readonly frame: (by: 1 | -1) => void;
  readonly speedBy: (by: 1 | -1) => void;
  readonly live: () => void;
  /** @param ms where the playhead is when absent. */
  readonly mark: (end: End, ms?: number) => void;
  readonly dragMark: (end: End, ms: number) => void;
  readonly offerMarks: () => void;
  readonly clearMarks: () => void;
  readonly clock: () => StripClock;
}

/** What is closer to the present than this is live. */
const presentMs = 1500;
/** What is being written may not be in the index before its file is closed. */
const indexedAfterMs = 120_000;
/** A pause of live begins where the footage surely is. */
const pauseBackMs = 2500;

export function useWatch({ camera, stage, liveRef, at, onAt }: WatchOptions): Watch {
  const [zone, setZone] = useZone();
  const [view, setView] = useView(at === undefined ? undefined : Date.parse(at));
  const [marks, setMarks] = useState<Marks>();
  const nowMs = useServerNow();
  const range = readAround(view);
  const { data: timeline, error } = useTimeline({ cameraId: camera.id, ...range }, range.toMs > nowMs);
  const { player, look } = useRecorded(stage, camera.id, camera.name, {
    coverage: (ms) => coverageOf(timeline, ms),
    nextFootage: (ms) => nextFootage(camera.id, ms, serverNow()),
    nowMs: serverNow,
    aroundMs: () => spanMs(view) / 60,
  });
  useMoment(player, look.state, at, onAt);
  const live = look.state.kind === 'live';
  const headMs = placeMs(look.state) ?? nowMs;
  useFollow(view, headMs, live, setView);
  const known = { view, zone, nowMs, headMs, timeline, timelineFault: error, player, look, marks };
  return {
    ...known,
    plays: goesOn(look.state),
    setView,
    setZone,
    ...playback(known, setView, liveRef),
    ...marking(known, setMarks),
    clock: () => clockOf(player, zone),
  };
}

type Known = Pick<Watch, 'view' | 'nowMs' | 'headMs' | 'timeline' | 'player' | 'look' | 'marks'>;

function playback(known: Known, setView: (view: View) => void, liveRef: WatchOptions['liveRef']) {
  const { view, headMs, timeline, player, look } = known;
  const isLive = look.state.kind === 'live';
  const show = (ms: number) => {
    if (ms < view.fromMs || ms > view.toMs) setView(around(view, ms));
  };
  const live = () => {
    player?.live();
    show(serverNow());
  };
  const go = (ms: number, plays?: boolean) => {
    if (ms >= serverNow() - presentMs) {
      live();
      return;
    }
    player?.seek(ms, plays);
    show(ms);
  };
  return {
    live,
    go: (ms: number) => go(ms),
    moveBy: (byMs: number) => go((player?.placeMs ?? serverNow()) + byMs),
    toNeighbour: (by: 1 | -1) => {
      const ms = timeline && neighbour(timeline, headMs, by);
      if (ms !== undefined) go(ms);
    },
    togglePlay: () => {
      const isRecording = timeline?.recorded.some((one) => one.live) === true;
      if (!isLive) player?.togglePlay();
      else if (isRecording) go(serverNow() - pauseBackMs, false);
      else if (liveRef.current?.state.kind === 'idle') liveRef.current.play();
      else liveRef.current?.pause();
    },
    frame: (by: 1 | -1) => player?.stepFrame(by),
    speedBy: (by: 1 | -1) => {
      if (!isLive) player?.setSpeed(nextSpeed(look.speed, by));
    },
    zoomBy: (factor: number) => {
      const seen = headMs >= view.fromMs && headMs <= view.toMs;
      setView(zoom(view, factor, seen ? headMs : (view.fromMs + view.toMs) / 2));
    },
  };
}

function marking(
  { view, nowMs, headMs, marks, player }: Known,
  setMarks: (marks: Marks | undefined) => void,
) {
  return {
    // Exactly where it stands, not where it was last rendered.
    mark: (end: End, ms = player?.placeMs ?? nowMs) => setMarks(moved(marks, end, ms, { view, nowMs })),
    dragMark: (end: End, ms: number) => {
      if (marks) setMarks(dragged(marks, end, Math.min(ms, nowMs)));
    },
    offerMarks: () => {
      const seen = headMs >= view.fromMs && headMs <= view.toMs;
      setMarks(offered(view, seen ? headMs : (view.fromMs + view.toMs) / 2, nowMs));
    },
    clearMarks: () => setMarks(undefined),
  };
}

/** What the timeline on the screen knows; undefined beyond it. */
export function coverageOf(timeline: Timeline | undefined, ms: number): Coverage | undefined {
  if (!timeline || ms < timeline.fromMs || ms >= timeline.toMs) return undefined;
  const moment = momentOn(timeline, ms);
  if (moment.kind === 'recorded') return { inside: true, nextMs: undefined };
  if (moment.kind === 'future' || ms > timeline.nowMs - indexedAfterMs) return undefined;
  return { inside: false, nextMs: moment.nextMs };
}

function clockOf(player: RecordedPlayer | undefined, zone: string): StripClock {
  const nowMs = serverNow();
  const ms = player?.placeMs;
  const isLive = ms === undefined;
  const text = isLive ? 'LIVE' : clockText(ms, zone, 'second');
  return { nowMs, head: { ms: ms ?? nowMs, text, live: isLive } };
}
