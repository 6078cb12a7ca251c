/** One camera in the grid: its live picture, name and state. Its name's link covers the whole tile. */
import { Link } from '@tanstack/react-router';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import { useLink } from '../api/events.ts';
import { frameRate, pictureSize } from '../format.ts';
import { Icon } from './icons.tsx';
import { RecordingMark } from './recording/recording-mark.tsx';
import { Shape, stateTones, stateWord } from './state-chip.tsx';
import { useMayDo } from './session/use-may-do.ts';
import { useReconnect } from './use-reconnect.ts';

export function Tile({ camera }: { camera: Camera }) {
  const { watch } = useMayDo(camera.id);
  const pictured = camera.enabled && watch;
  return (
    <article className="border-line hover:border-line-strong bg-surface has-focus-visible:outline-accent relative aspect-video overflow-hidden rounded-xl border transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2">
      {pictured ? (
        <LivePicture camera={camera} />
      ) : (
        <NoPicture>{camera.enabled ? 'Recordings only' : 'Switched off'}</NoPicture>
      )}
      <div
        className={`absolute inset-x-0 bottom-0 flex items-baseline gap-2.5 py-2.5 pl-3 ${pictured ? 'pr-[126px] text-white [text-shadow:0_1px_3px_rgb(0_0_0/0.85)]' : 'pr-3'}`}
      >
        <h2 className="min-w-0 truncate text-[14px] font-semibold">
          <Link
            to="/cameras/$cameraId"
            params={{ cameraId: camera.id }}
            className="outline-none after:absolute after:inset-0 after:content-['']"
          >
            {camera.name}
          </Link>
        </h2>
        <RecordingMark camera={camera} />
        {pictured && <TileState camera={camera} />}
      </div>
    </article>
  );
}

function LivePicture({ camera }: { camera: Camera }) {
  const player = useReconnect(camera);
  return (
    <sightline-player
      ref={player}
      camera={camera.id}
      label={camera.name}
      tile
      muted
      fit="cover"
      className="size-full"
    />
  );
}

function NoPicture({ children }: { children: string }) {
  return (
    <div className="text-muted grid size-full place-items-center content-center gap-2">
      <Icon name="camera" size={26} />
      {children}
    </div>
  );
}

function TileState({ camera }: { camera: Camera }) {
  const { state, health, tracks } = camera.status;
  const link = useLink();
  // What was last heard would be a claim about now.
  if (link.kind === 'down') return null;
  if (state === 'live' && health.level === 'good') {
    const video = tracks.find((track) => track.kind === 'video');
    if (!video || video.width === null || video.height === null) return null;
    return (
      <span className="shrink-0 text-[12px] text-[#d5dae1] tabular-nums">
        {pictureSize(video.width, video.height)}
        {video.framesPerSecond !== null && ` · ${frameRate(video.framesPerSecond)}`}
      </span>
    );
  }
  // The player in the tile says all other states itself.
  const weak = state === 'live';
  if (!weak && state !== 'error') return null;
  return (
    <span
      data-theme="dark"
      className="flex h-6 shrink-0 items-center gap-1.5 rounded-md bg-[rgb(8_10_13/0.78)] px-2 text-[12px] font-medium"
      title={weak ? health.reasons.join(' · ') : (camera.status.reason ?? undefined)}
    >
      <Shape tone={weak ? 'warn' : stateTones[state]} />
      {weak ? `Live, ${health.level} signal` : stateWord(state)}
    </span>
  );
}
