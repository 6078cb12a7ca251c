/** The picture of a camera, live or recorded, and the timeline under it, on one page. */
import { Suspense, lazy, useCallback, useEffect, useRef, useState } from 'react';
import type { ReactNode, RefObject } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { SightlinePlayer } from '../../../player/element.ts';
import { Fence } from '../fence.tsx';
import { Icon } from '../icons.tsx';
import { useKeys } from '../keys.ts';
import { useMayDo } from '../session/use-may-do.ts';
import { useReconnect } from '../use-reconnect.ts';
import type { WatchControls } from './watch-controls.ts';

const Panel = lazy(() => import('../timeline/timeline-panel.tsx'));

interface WatchProps {
  camera: Camera;
  /** ISO 8601; undefined: live. */
  at: string | undefined;
  onAt: (at: string | undefined) => void;
  onBack: () => void;
}

export function Watch({ camera, at, onAt, onBack }: WatchProps) {
  const player = useReconnect(camera);
  const frame = useRef<HTMLDivElement>(null);
  const [stage, setStage] = useState<HTMLElement | null>(null);
  const controls = useRef<WatchControls>(undefined);
  const [recorded, setRecorded] = useState(at !== undefined);
  const takeControls = useCallback((given: WatchControls | undefined) => {
    controls.current = given;
    setRecorded(given?.recorded ?? false);
  }, []);
  const may = useMayDo(camera.id);
  useRest(player, recorded);
  useKeys({
    f: () => (controls.current ? controls.current.full() : void player.current?.toggleFullScreen()),
    m: () => (controls.current ? controls.current.sound() : player.current?.toggleSound()),
    ' ': () => (controls.current ? controls.current.togglePlay() : toggle(player.current)),
    // In full screen the browser takes Escape for itself.
    Escape: onBack,
  });
  return (
    <div
      ref={frame}
      className="border-line bg-surface -mx-4 sm:mx-0 sm:rounded-xl sm:border [&:fullscreen]:flex [&:fullscreen]:flex-col [&:fullscreen]:rounded-none"
    >
      <div className="relative overflow-hidden sm:rounded-t-xl in-[:fullscreen]:grow">
        <Live camera={camera} player={player} />
        <div ref={setStage} className={`absolute inset-0 bg-black ${recorded ? '' : 'invisible'}`} />
      </div>
      {stage && may.replay && (
        <Fence instead={<Unseen />}>
          <Suspense fallback={<div className="h-[190px] max-lg:hidden" />}>
            <Panel
              camera={camera}
              stage={stage}
              liveRef={player}
              at={at}
              onAt={onAt}
              onFull={() => void toggleFull(frame.current)}
              onControls={takeControls}
            />
          </Suspense>
        </Fence>
      )}
    </div>
  );
}

function Live({ camera, player }: { camera: Camera; player: RefObject<SightlinePlayer | null> }) {
  const may = useMayDo(camera.id);
  if (!camera.enabled)
    return <NoPicture>This camera is switched off.{may.change && ' Edit it to switch it on.'}</NoPicture>;
  if (!may.watch)
    return <NoPicture>You may see what was recorded of this camera, but not what happens now.</NoPicture>;
  return (
    <sightline-player ref={player} camera={camera.id} label={camera.name} muted controls fit="contain" />
  );
}

function NoPicture({ children }: { children: ReactNode }) {
  return (
    <div className="text-muted grid aspect-video place-items-center content-center gap-2 px-6 text-center">
      <Icon name="camera" size={32} />
      <p>{children}</p>
    </div>
  );
}

function Unseen() {
  return <p className="text-muted px-4 py-6 text-center">The timeline cannot be shown in this browser.</p>;
}

/** Live rests while something recorded is seen: nobody would see it. */
function useRest(player: RefObject<SightlinePlayer | null>, recorded: boolean): void {
  useEffect(() => {
    if (!recorded) return undefined;
    const { current } = player;
    current?.pause();
    return () => current?.play();
  }, [player, recorded]);
}

function toggle(player: SightlinePlayer | null): void {
  if (player?.state.kind === 'idle') player.play();
  else player?.pause();
}

async function toggleFull(element: HTMLElement | null): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await element?.requestFullscreen();
}
