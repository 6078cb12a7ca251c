/**
 * The live picture of a tile. When the tile needs another source, the picture that is there stays until the new one
 * plays: no black, no grey between.
 */
import { useEffect, useState } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { ViewTile } from '../../../../src/api/contract/views.ts';
import { useReconnect } from '../use-reconnect.ts';

export type Source = 'main' | 'sub';

/** The second source is used up to so much more than its width: a little blur is cheaper than four times the pixels. */
const enlargedUpTo = 1.3;
/** Of a second source that nobody has seen yet. */
const usualSubPixels = 640;

/** @param widthPixels as drawn, in pixels of the screen */
export function sourceFor(camera: Camera, wanted: ViewTile['source'], widthPixels: number): Source {
  if (!camera.sub) return 'main';
  if (wanted !== 'auto') return wanted;
  const video = camera.subStatus?.tracks.find((track) => track.kind === 'video');
  return widthPixels > (video?.width ?? usualSubPixels) * enlargedUpTo ? 'main' : 'sub';
}

interface LivePictureProps {
  camera: Camera;
  source: Source;
  fit: ViewTile['fit'];
  /** Enlarged: does not wait for a place among the small ones. */
  big: boolean;
  muted: boolean;
}

interface Layer {
  readonly key: number;
  readonly source: Source;
  readonly big: boolean;
}

export function LivePicture({ camera, source, fit, big, muted }: LivePictureProps) {
  const [layers, setLayers] = useState<readonly Layer[]>([{ key: 0, source, big }]);
  const newest = layers.at(-1);
  if (newest && newest.source !== source) {
    const [shown] = layers;
    const next = { key: newest.key + 1, source, big };
    setLayers(!shown || shown.source === source ? layers.slice(0, 1) : [shown, next]);
  }
  return (
    <>
      {layers.map((layer, at) => (
        <Playing
          key={layer.key}
          camera={camera}
          layer={layer}
          fit={fit}
          // The one that is to come is heard and seen when it plays.
          coming={at > 0}
          muted={muted || at > 0}
          onPlaying={() => at > 0 && setLayers([layer])}
        />
      ))}
      {newest?.source === 'main' && layers[0]?.source === 'sub' && <LowerQuality />}
    </>
  );
}

interface PlayingProps {
  camera: Camera;
  layer: Layer;
  fit: ViewTile['fit'];
  coming: boolean;
  muted: boolean;
  onPlaying: () => void;
}

function Playing({ camera, layer, fit, coming, muted, onPlaying }: PlayingProps) {
  const player = useReconnect(camera);
  useEffect(() => {
    const element = player.current;
    if (!element) return undefined;
    const look = () => {
      if (element.state.kind === 'playing') onPlaying();
    };
    look();
    element.addEventListener('statechange', look);
    return () => element.removeEventListener('statechange', look);
  });
  return (
    <sightline-player
      ref={player}
      camera={camera.id}
      source={layer.source}
      label={camera.name}
      tile={!layer.big}
      muted={muted}
      fit={fit}
      aria-hidden={coming}
      className={`!absolute inset-0 size-full ${coming ? 'opacity-0' : ''}`}
    />
  );
}

function LowerQuality() {
  return (
    <span
      title="The smaller stream is shown until the large one is here"
      className="absolute top-2 right-2 z-[3] rounded bg-[rgb(8_10_13/0.78)] px-1.5 text-[11px] leading-5 font-semibold text-white"
    >
      SMALL
    </span>
  );
}
