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
import { ExportBar } from './export-bar.tsx';
import { ExportList } from './export-list.tsx';
import { InView } from './in-view.tsx';
import { JumpDialog } from './jump-dialog.tsx';
import { momentOn } from './lanes.ts';
import { Legend } from './legend.tsx';
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
  useWatchKeys(watch, () => setJumping(true));
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
        className="border-line bg-surface max-lg:fixed max-lg:inset-x-0 max-lg:bottom-0 max-lg:z-10 max-lg:border-t max-lg:px-3 max-lg:pt-1 max-lg:pb-[max(8px,env(safe-area-inset-bottom))] lg:rounded-b-xl lg:border-t lg:px-4 lg:py-3"
      >
        <Head watch={watch} onJump={() => setJumping(true)} />
        <Canvas watch={watch} name={camera.name} />
        <Foot watch={watch} cameraId={camera.id} />
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
      <div className="grid gap-2 px-4 pt-3 sm:px-0 lg:hidden">
        <Legend />
        <InView timeline={watch.timeline} view={watch.view} zone={zone} onGo={watch.go} />
        <ExportList cameraId={camera.id} zone={zone} />
      </div>
    </>
  );
}

function Head({ watch, onJump }: { watch: Watch; onJump: () => void }) {
  const { headMs, zone, look, view } = watch;
  const isLive = look.state.kind === 'live';
  return (
    <div className="flex items-center gap-1 pb-1.5 sm:gap-2">
      <button
        type="button"
        onClick={onJump}
        title="Jump to a time (J)"
        className="hover:bg-raised -ml-2 min-h-9 min-w-0 rounded-lg px-2 text-left leading-tight tabular-nums pointer-coarse:min-h-[44px]"
      >
        <span className="text-[15px] font-semibold">{clockText(headMs, zone, 'second')}</span>{' '}
        <span className="text-muted text-[13px] whitespace-nowrap max-sm:block">
          {dayText(headMs, zone, watch.nowMs)} · {zone === 'UTC' ? '' : `${zone} `}
          {offsetText(headMs, zone)}
        </span>
      </button>
      <span className="grow" />
      <ViewButtons view={view} onZoom={watch.zoomBy} />
      <Button
        aria-pressed={isLive}
        onClick={watch.live}
        title="Live (L)"
        className={isLive ? '!border-good/60 !text-good' : ''}
      >
        <i aria-hidden="true" className={`size-2 rounded-full ${isLive ? 'bg-good' : 'border-[1.5px]'}`} />
        Live
      </Button>
    </div>
  );
}

function Canvas({ watch, name }: { watch: Watch; name: string }) {
  const { player, view, zone, marks, timeline } = watch;
  return (
    <div className="relative max-lg:-mx-3">
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

function Foot({ watch, cameraId }: { watch: Watch; cameraId: string }) {
  const { look, marks, zone, player } = watch;
  return (
    <>
      {marks && (
        <ExportBar
          cameraId={cameraId}
          marks={marks}
          zone={zone}
          onMark={(end) => watch.mark(end)}
          onClose={watch.clearMarks}
          onStarted={watch.clearMarks}
        />
      )}
      <div className="flex items-center gap-x-3 pt-1.5">
        <Transport
          live={look.state.kind === 'live'}
          plays={watch.plays}
          speed={look.speed}
          onPlay={watch.togglePlay}
          onMove={watch.moveBy}
          onFrame={watch.frame}
          onSpeed={(speed) => player?.setSpeed(speed)}
        />
        <Button
          look="quiet"
          icon="cut"
          aria-label="Export"
          aria-pressed={marks !== undefined}
          onClick={() => (marks ? watch.clearMarks() : watch.offerMarks())}
          className="!px-2.5"
        >
          <span className="max-sm:hidden">Export</span>
        </Button>
      </div>
      <div className="max-lg:hidden">
        <div className="flex items-start gap-4 pt-1.5">
          <Legend />
          <InView timeline={watch.timeline} view={watch.view} zone={zone} onGo={watch.go} />
        </div>
        <ExportList cameraId={cameraId} zone={zone} />
      </div>
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
