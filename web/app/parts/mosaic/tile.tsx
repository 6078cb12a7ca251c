/** One tile of a view: its live picture, its name, and what can be done with it. */
import { useCallback } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { IconButton } from '../button.tsx';
import { Icon } from '../icons.tsx';
import { RecordingMark } from '../recording/recording-mark.tsx';
import { LivePicture, sourceFor } from './live-picture.tsx';
import type { Drawn } from './mosaic.tsx';

interface ViewTileProps {
  drawn: Drawn;
  camera: Camera | undefined;
  /** Something recorded is shown over it: live rests. */
  recorded: boolean;
  heard: boolean;
  onBig: () => void;
  onSound: () => void;
  onFocus: () => void;
  /** Where recorded pictures go. */
  onStage: (index: number, stage: HTMLElement | null) => void;
}

export function TileOfView(props: ViewTileProps) {
  const { drawn, camera, recorded, heard, onBig, onSound, onFocus, onStage } = props;
  const { tile, index, big } = drawn;
  const name = camera?.name ?? 'A camera that is gone';
  const stage = useCallback((element: HTMLElement | null) => onStage(index, element), [onStage, index]);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
    event.preventDefault();
    onBig();
  };
  return (
    <article
      tabIndex={0}
      data-tile={index}
      aria-label={`${name}, tile ${index + 1}${big ? ', enlarged' : ''}`}
      onKeyDown={onKey}
      onFocus={onFocus}
      onDoubleClick={onBig}
      className="group focus-visible:outline-accent relative size-full touch-manipulation overflow-hidden bg-[#06070a] select-none focus-visible:outline-3 focus-visible:-outline-offset-3"
    >
      {camera?.enabled && !recorded && (
        <LivePicture
          camera={camera}
          source={sourceFor(camera, tile.source, drawn.widthPixels)}
          fit={tile.fit}
          big={big}
          muted={!heard}
        />
      )}
      {!camera?.enabled && <Without camera={camera} />}
      <div ref={stage} className={`absolute inset-0 bg-black ${recorded ? '' : 'invisible'}`} />
      {recorded && (
        <div className="pointer-events-none absolute inset-x-0 bottom-0 z-[2] h-12 bg-linear-to-t from-[rgb(4_6_9/0.9)] to-transparent" />
      )}
      <div className="pointer-events-none absolute inset-x-0 bottom-0 z-[3] flex h-8 items-center gap-2 pr-24 pl-2.5 text-white [text-shadow:0_1px_3px_rgb(0_0_0/0.9)]">
        <h2 className="min-w-0 truncate text-[13px] font-semibold">{name}</h2>
        {camera && !recorded && <RecordingMark camera={camera} />}
        {heard && <Icon name="sound" size={15} />}
      </div>
      <TileButtons big={big} heard={heard} name={name} onBig={onBig} onSound={onSound} />
    </article>
  );
}

function TileButtons({
  big,
  heard,
  name,
  onBig,
  onSound,
}: Pick<ViewTileProps, 'heard' | 'onBig' | 'onSound'> & { big: boolean; name: string }) {
  return (
    <Corner>
      <IconButton
        icon={heard ? 'sound' : 'muted'}
        label={heard ? `Sound of ${name} off` : `Sound of ${name} on`}
        aria-pressed={heard}
        onClick={onSound}
        className={onPicture}
      />
      <IconButton
        icon={big ? 'close' : 'full'}
        label={big ? 'Back to all tiles (Esc)' : `Enlarge ${name}`}
        onClick={onBig}
        className={onPicture}
      />
    </Corner>
  );
}

/** Seen while a pointer or the focus is in the tile; on touch screens while it is enlarged. */
function Corner({ children }: { children: ReactNode }) {
  return (
    <div
      onDoubleClick={(event) => event.stopPropagation()}
      className="absolute top-1.5 right-1.5 z-[4] flex gap-1 opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100"
    >
      {children}
    </div>
  );
}

const onPicture =
  '!text-white !bg-[rgb(8_10_13/0.66)] hover:!bg-[rgb(8_10_13/0.92)] !size-8 pointer-coarse:!size-[44px]';

function Without({ camera }: { camera: Camera | undefined }) {
  return (
    <div className="grid size-full place-items-center content-center gap-1.5 px-3 text-center text-[13px] text-[#c6ccd4]">
      <Icon name="camera" size={22} />
      {camera ? 'Switched off' : 'This camera was deleted'}
    </div>
  );
}
