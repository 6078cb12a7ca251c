/**
 * The past of a view, under its tiles: one clock for all of them. In: the tiles, and the elements their pictures appear
 * in. Out: whether something recorded is seen, and what the keys of the page do. Loaded when it is opened.
 */
import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { SavedView, ViewTile } from '../../../../src/api/contract/views.ts';
import { goesOn } from '../../../player/recorded/playhead.ts';
import { nextSpeed } from '../../../player/recorded/speed.ts';
import type { Together, TogetherLook } from '../../../player/together/together.ts';
import { useMayReplay } from '../../api/session.ts';
import { serverNow, useServerNow } from '../../api/now.ts';
import { useTimelines } from '../../api/timeline.ts';
import { Button } from '../button.tsx';
import { Icon } from '../icons.tsx';
import { useKeys } from '../keys.ts';
import { JumpDialog } from '../timeline/jump-dialog.tsx';
import { around, readAround, zoom } from '../timeline/scale.ts';
import type { View } from '../timeline/scale.ts';
import { Transport } from '../timeline/transport.tsx';
import { useMoment } from '../timeline/use-moment.ts';
import { useFollow, useView } from '../timeline/use-view.ts';
import { coverageOf } from '../timeline/use-watch.ts';
import { ViewButtons } from '../timeline/view-buttons.tsx';
import { useZone } from '../timeline/zone-choice.ts';
import { clockText, dayText, offsetText } from '../timeline/zone.ts';
import { NoReplay, ReviewStage } from './review-stage.tsx';
import { RowsCanvas } from './rows-canvas.tsx';
import type { RowsLook } from './rows.ts';
import { useTogether } from './use-together.ts';
import type { Place } from './use-together.ts';

export interface ReviewPanelProps {
  view: SavedView;
  tiles: readonly ViewTile[];
  cameras: ReadonlyMap<string, Camera>;
  stages: ReadonlyMap<number, HTMLElement>;
  /** The tile that wishes are for while they are out of step. */
  selected: number | undefined;
  heard: number | undefined;
  /** ISO 8601; undefined: live. */
  at: string | undefined;
  onAt: (at: string | undefined) => void;
  onRecorded: (recorded: boolean) => void;
}

/** What is closer to the present than this is live. */
const presentMs = 4000;
const secondMs = 1000;

export default function ReviewPanel(props: ReviewPanelProps) {
  const review = useReview(props);
  const [jumping, setJumping] = useState(false);
  const { view, setView, zone, setZone, rows, places, timelines, together, look, does, headMs } = review;
  useReviewKeys(does, () => setJumping(true));
  const [first] = places;
  return (
    <section
      aria-label="Playback of the view"
      className="border-line bg-surface flex shrink-0 flex-wrap items-center gap-x-2 border-t px-3 py-2 max-sm:-mx-4 max-sm:pb-1 lg:rounded-b-xl"
    >
      <Head review={review} onJump={() => setJumping(true)} />
      <div className="basis-full pt-1">
        <Canvas
          {...{ together, placeMs: headMs }}
          look={{ view, zone, rows }}
          onView={setView}
          name={props.view.name}
        />
      </div>
      {jumping && first && (
        <JumpDialog
          cameraId={first.cameraId}
          fromMs={headMs}
          zone={zone}
          onZone={setZone}
          onGo={does.go}
          onClose={() => setJumping(false)}
        />
      )}
      {review.closed.map(({ index, stage }) => createPortal(<NoReplay />, stage, String(index)))}
      {places.map(({ index, cameraId, stage }) =>
        createPortal(
          <ReviewStage look={look.tiles.get(index)} timeline={timelines.get(cameraId)} zone={zone} />,
          stage,
          String(index),
        ),
      )}
    </section>
  );
}

type Review = ReturnType<typeof useReview>;

function useReview({ tiles, cameras, stages, selected, heard, at, onAt, onRecorded }: ReviewPanelProps) {
  const [zone, setZone] = useZone();
  const [view, setView] = useView(at === undefined ? undefined : Date.parse(at));
  const nowMs = useServerNow();
  const mayReplay = useMayReplay();
  const ids = [...new Set(tiles.map((tile) => tile.cameraId))].filter(mayReplay);
  const range = readAround(view);
  const timelines = useTimelines(ids, range, range.toMs > nowMs);
  const places = usePlaces(tiles, cameras, stages, mayReplay);
  const closed = usePlaces(tiles, cameras, stages, (id) => !mayReplay(id));
  const { together, look } = useTogether(places, (id, ms) => coverageOf(timelines.get(id), ms));
  const { state } = look;
  const live = state.kind === 'live';
  const headMs = 'atMs' in state ? state.atMs : nowMs;
  useMoment(together, state, at, onAt);
  useFollow(view, headMs, live, setView);
  useEffect(() => onRecorded(!live), [onRecorded, live]);
  useEffect(() => () => onRecorded(false), [onRecorded]);
  useEffect(() => together.choose(selected), [together, selected]);
  useEffect(() => together.hear(live ? undefined : heard), [together, heard, live]);
  const rows = ids.map((id) => ({
    name: cameras.get(id)?.name ?? id,
    timeline: timelines.get(id),
    chosen: selected !== undefined && tiles[selected]?.cameraId === id,
  }));
  const does = deeds(together, look, view, setView);
  const known = { timelines, places, closed, together, look, headMs, rows };
  return { zone, setZone, view, setView, nowMs, ...known, does };
}

function Head({ review, onJump }: { review: Review; onJump: () => void }) {
  const { headMs, nowMs, zone, together, look, does, view } = review;
  const live = look.state.kind === 'live';
  return (
    <>
      <button
        type="button"
        onClick={onJump}
        title="Jump to a time (J)"
        className="hover:bg-raised -ml-1 flex min-h-9 items-center gap-2 rounded-lg px-2 text-left leading-tight tabular-nums pointer-coarse:min-h-[44px]"
      >
        <Icon name="calendar" />
        <span>
          <span className="text-[15px] font-semibold">{clockText(headMs, zone, 'second')}</span>{' '}
          <span className="text-muted text-[13px] whitespace-nowrap max-sm:block">
            {dayText(headMs, zone, nowMs)} · {offsetText(headMs, zone)}
          </span>
        </span>
      </button>
      <span className="grow" />
      <span className="max-lg:order-1 max-lg:basis-full lg:mr-auto">
        <Transport
          live={live}
          plays={goesOn(look.state)}
          speed={look.speed}
          onPlay={does.togglePlay}
          onMove={does.moveBy}
          onFrame={does.frame}
          onSpeed={(speed) => together.setSpeed(speed)}
        />
      </span>
      <StepButton look={look} onStep={does.step} />
      {/* Fingers zoom on the rows themselves. */}
      <span className="max-sm:hidden">
        <ViewButtons view={view} onZoom={does.zoomBy} />
      </span>
      <LiveButton live={live} onLive={does.live} />
    </>
  );
}

/** The same array until a tile came, went or moved elsewhere. */
function usePlaces(
  tiles: readonly ViewTile[],
  cameras: ReadonlyMap<string, Camera>,
  stages: ReadonlyMap<number, HTMLElement>,
  wanted: (cameraId: string) => boolean,
): readonly Place[] {
  const [places, setPlaces] = useState<readonly Place[]>([]);
  const next = tiles.flatMap(({ cameraId }, index) => {
    const stage = stages.get(index);
    return stage && wanted(cameraId)
      ? [{ index, cameraId, name: cameras.get(cameraId)?.name ?? cameraId, stage }]
      : [];
  });
  const same =
    next.length === places.length &&
    next.every((place, at) => place.stage === places[at]?.stage && place.cameraId === places[at].cameraId);
  if (!same) setPlaces(next);
  return places;
}

type Deeds = ReturnType<typeof deeds>;

function deeds(together: Together, look: TogetherLook, view: View, setView: (view: View) => void) {
  const live = look.state.kind === 'live';
  const go = (ms: number, plays?: boolean) => {
    if (ms >= serverNow() - presentMs) together.live();
    else together.seek(ms, plays);
    if (ms < view.fromMs || ms > view.toMs) setView(around(view, ms));
  };
  const headMs = () => together.placeMs ?? serverNow();
  return {
    go: (ms: number) => go(ms),
    live: () => {
      together.live();
      setView(around(view, serverNow(), 0.85));
    },
    moveBy: (byMs: number) => go(headMs() + byMs),
    frame: (by: 1 | -1) => together.stepFrame(by),
    togglePlay: () => (live ? go(serverNow() - 2 * presentMs, false) : together.togglePlay()),
    speedBy: (by: 1 | -1) => {
      if (!live) together.setSpeed(nextSpeed(look.speed, by));
    },
    zoomBy: (factor: number) =>
      setView(zoom(view, factor, Math.min(Math.max(headMs(), view.fromMs), view.toMs))),
    step: () => together.setInStep(!look.inStep),
  };
}

function useReviewKeys(does: Deeds, onJump: () => void): void {
  useKeys({
    ' ': does.togglePlay,
    'Shift+ArrowLeft': () => does.moveBy(-10 * secondMs),
    'Shift+ArrowRight': () => does.moveBy(10 * secondMs),
    ',': () => does.frame(-1),
    '.': () => does.frame(1),
    '-': () => does.speedBy(-1),
    '+': () => does.speedBy(1),
    z: () => does.zoomBy(0.5),
    x: () => does.zoomBy(2),
    j: onJump,
    l: does.live,
    s: does.step,
  });
}

function StepButton({ look, onStep }: { look: TogetherLook; onStep: () => void }) {
  const { inStep, state } = look;
  const title = inStep
    ? 'All tiles show the same moment. Press to move the chosen one alone (S)'
    : 'Each tile has a moment of its own. Press to bring all to that of the chosen one (S)';
  return (
    <Button
      look="quiet"
      aria-pressed={inStep}
      disabled={state.kind === 'live'}
      title={title}
      onClick={onStep}
      className={inStep ? '!text-accent' : ''}
    >
      In step
    </Button>
  );
}

function LiveButton({ live, onLive }: { live: boolean; onLive: () => void }) {
  return (
    <Button
      aria-pressed={live}
      onClick={onLive}
      title="Live (L)"
      className={live ? '!border-good/60 !text-good' : ''}
    >
      <i aria-hidden="true" className={`size-2 rounded-full ${live ? 'bg-good' : 'border-[1.5px]'}`} />
      Live
    </Button>
  );
}

interface CanvasProps {
  look: RowsLook;
  together: Together;
  onView: (view: View) => void;
  placeMs: number;
  name: string;
}

function Canvas({ look, together, onView, placeMs, name }: CanvasProps) {
  const clock = () => {
    const ms = together.placeMs;
    const nowMs = serverNow();
    const text = ms === undefined ? 'LIVE' : clockText(ms, look.zone, 'second');
    return { nowMs, head: { ms: ms ?? nowMs, text, live: ms === undefined } };
  };
  return (
    <RowsCanvas
      look={look}
      listener={{
        view: onView,
        drag: (ms) => together.drag(ms),
        release: () => together.release(),
        clock,
      }}
      placeMs={placeMs}
      viewName={name}
    />
  );
}
