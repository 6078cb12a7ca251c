/**
 * The past of one camera, under its picture: timeline, playback, jumping, exporting. In: the camera, and the element its
 * pictures appear in. Out: controls for the keys of the page, and whether something recorded is seen. Loaded on camera
 * pages only.
 */
import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import type { WatchControls } from '../camera/watch-controls.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { Icon } from '../icons.tsx';
import { useMayDo } from '../session/use-may-do.ts';
import { ExportBar } from './export-bar.tsx';
import { ExportList } from './export-list.tsx';
import { InView } from './in-view.tsx';
import { JumpDialog } from './jump-dialog.tsx';
import { momentOn } from './lanes.ts';
import { Legend } from './legend.tsx';
import type { Marks } from './marks.ts';
import { Stage } from './stage.tsx';
import { TimelineCanvas } from './timeline-canvas.tsx';
import { Transport } from './transport.tsx';
import { useWatch } from './use-watch.ts';
import type { Watch, WatchOptions } from './use-watch.ts';
import { ViewButtons } from './view-buttons.tsx';
import { useWatchKeys } from './watch-keys.ts';
import { momentWords } from './words.ts';
import { clockText, dayText, offsetText } from './zone.ts';

interface PanelProps extends WatchOptions {
  /** Full screen shows the picture together with the timeline. */
  readonly onFull: () => void;
  readonly onControls: (controls: WatchControls | undefined) => void;
}

export default function Panel(props: PanelProps) {
  const { camera, stage, liveRef, onFull, onControls } = props;
  const watch = useWatch(props);
  const [jumping, setJumping] = useState(false);
  const { player, look, zone } = watch;
  const isLive = look.state.kind === 'live';
  const exports = useMayDo(camera.id).export;
  useWatchKeys(watch, exports, () => setJumping(true));
  const { togglePlay } = watch;
  useEffect(() => {
    const sound = () => (isLive ? liveRef.current?.toggleSound() : player?.toggleSound());
    const full = () => (isLive ? void liveRef.current?.toggleFullScreen() : onFull());
    onControls({ recorded: !isLive, togglePlay, sound, full });
  });
  useEffect(() => () => onControls(undefined), [onControls]);
  return (
    <>
      <section
        aria-label="Timeline"
        className="border-line bg-surface docked:fixed docked:right-0 docked:left-(--side) docked:bottom-0 docked:z-10 docked:pt-1 docked:pb-[max(8px,env(safe-area-inset-bottom))] flex flex-wrap items-center gap-x-1 border-t px-3 py-2 sm:gap-x-2 lg:rounded-b-xl lg:px-4"
      >
        <Place watch={watch} onJump={() => setJumping(true)} />
        <span className="grow" />
        <span className="flex items-center gap-3 max-lg:order-1 max-lg:basis-full lg:mr-auto">
          <Buttons watch={watch} exports={exports} />
        </span>
        <Shown watch={watch} />
        <Canvas watch={watch} name={camera.name} />
        {watch.marks && <Marked watch={watch} marks={watch.marks} cameraId={camera.id} />}
        <div className="basis-full max-lg:hidden">
          <Below watch={watch} cameraId={camera.id} />
        </div>
        {jumping && (
          <JumpDialog
            cameraId={camera.id}
            fromMs={watch.headMs}
            zone={zone}
            onZone={watch.setZone}
            onGo={watch.go}
            onClose={() => setJumping(false)}
          />
        )}
        {player && createPortal(<OnStage watch={watch} name={camera.name} onFull={onFull} />, stage)}
      </section>
      <div className="px-4 py-3 lg:hidden">
        <Below watch={watch} cameraId={camera.id} />
      </div>
    </>
  );
}

/** Where the playhead stands; pressed, it leads anywhere else. */
function Place({ watch, onJump }: { watch: Watch; onJump: () => void }) {
  const { headMs, zone, nowMs } = watch;
  return (
    <button
      type="button"
      onClick={onJump}
      title="Jump to a time (J)"
      className="hover:bg-raised -ml-2 flex min-h-9 min-w-0 items-center gap-2 rounded-lg px-2 text-left leading-tight tabular-nums pointer-coarse:min-h-[44px]"
    >
      <Icon name="calendar" />
      <span>
        <span className="text-[15px] font-semibold">{clockText(headMs, zone, 'second')}</span>{' '}
        <span className="text-muted text-[13px] whitespace-nowrap max-sm:block">
          {dayText(headMs, zone, nowMs)} · {zone === 'UTC' ? '' : `${zone} `}
          {offsetText(headMs, zone)}
        </span>
      </span>
    </button>
  );
}

/** How much is shown, and the way to live. */
function Shown({ watch }: { watch: Watch }) {
  const isLive = watch.look.state.kind === 'live';
  return (
    <>
      <ViewButtons view={watch.view} onZoom={watch.zoomBy} />
      <Button
        aria-pressed={isLive}
        onClick={watch.live}
        title="Live (L)"
        className={isLive ? '!border-good/60 !text-good' : ''}
      >
        <i aria-hidden="true" className={`size-2 rounded-full ${isLive ? 'bg-good' : 'border-[1.5px]'}`} />
        Live
      </Button>
    </>
  );
}

function Canvas({ watch, name }: { watch: Watch; name: string }) {
  const { player, view, zone, marks, timeline } = watch;
  return (
    <div className="relative basis-full pt-1 max-lg:-mx-3">
      <TimelineCanvas
        look={{ view, zone, marks, timeline }}
        listener={{
          view: watch.setView,
          grab: (ms) => player?.grab(ms),
          drag: (ms) => player?.drag(ms),
          release: () => player?.release(),
          mark: watch.dragMark,
          clock: watch.clock,
        }}
        placeMs={watch.headMs}
        isLive={watch.look.state.kind === 'live'}
        cameraName={name}
        thumbs={player?.thumbs}
      />
      <Absence watch={watch} />
    </div>
  );
}

/** When there is nothing to draw, the reason. */
function Absence({ watch }: { watch: Watch }) {
  const { timeline, timelineFault } = watch;
  const empty = timeline && timeline.recorded.length + timeline.gaps.length === 0;
  if (timeline ? !empty : !timelineFault) return null;
  return (
    <p
      role="status"
      className="text-muted pointer-events-none absolute inset-x-3 bottom-3 h-[42px] content-center truncate text-center text-[13px]"
    >
      {timeline
        ? 'Nothing was recorded in this stretch of time'
        : `The timeline could not be read: ${faultText(timelineFault)}`}
    </p>
  );
}

/** @param exports whether footage may be taken away */
function Buttons({ watch, exports }: { watch: Watch; exports: boolean }) {
  const { look, marks, player } = watch;
  return (
    <>
      <Transport
        live={look.state.kind === 'live'}
        plays={watch.plays}
        speed={look.speed}
        onPlay={watch.togglePlay}
        onMove={watch.moveBy}
        onFrame={watch.frame}
        onSpeed={(speed) => player?.setSpeed(speed)}
      />
      {exports && (
        <Button
          look="quiet"
          icon="cut"
          aria-label="Export"
          aria-pressed={marks !== undefined}
          onClick={() => (marks ? watch.clearMarks() : watch.offerMarks())}
          className="min-w-[44px] !px-2.5"
        >
          <span className="max-sm:hidden">Export</span>
        </Button>
      )}
    </>
  );
}

function Marked({ watch, marks, cameraId }: { watch: Watch; marks: Marks; cameraId: string }) {
  return (
    <ExportBar
      cameraId={cameraId}
      marks={marks}
      zone={watch.zone}
      onMark={(end) => watch.mark(end)}
      onClose={watch.clearMarks}
      onStarted={watch.clearMarks}
    />
  );
}

/** What the shapes mean, the same in words, and exports. */
function Below({ watch, cameraId }: { watch: Watch; cameraId: string }) {
  const { timeline, view, zone, go } = watch;
  const exports = useMayDo(cameraId).export;
  return (
    <>
      <div className="flex items-start gap-x-4 gap-y-1 pt-1 max-lg:flex-wrap">
        <Legend />
        <InView timeline={timeline} view={view} zone={zone} onGo={go} />
      </div>
      {exports && <ExportList cameraId={cameraId} zone={zone} />}
    </>
  );
}

function OnStage({ watch, name, onFull }: { watch: Watch; name: string; onFull: () => void }) {
  const { player, look, timeline, zone, headMs, nowMs } = watch;
  if (!player) return null;
  const inGap = look.state.kind === 'gap';
  const moment = timeline && momentOn(timeline, inGap ? headMs - 1 : headMs);
  const missing = moment && moment.kind !== 'recorded' ? momentWords(moment, zone) : undefined;
  const save = () => {
    const { screen, placeMs } = player;
    if (!screen || placeMs === undefined) return;
    void import('../../../player/pictures.ts').then(({ savePicture }) => savePicture(screen, name, placeMs));
  };
  const given = { look, player, missing, nowMs, zone };
  return <Stage {...given} onLive={watch.live} onSave={save} onFull={onFull} />;
}
