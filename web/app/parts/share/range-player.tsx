/** The recording of a share link, with the buttons of the browser. */
import { Events, Hls, isSupported } from 'hls.js/light';
import { useEffect, useRef, useState } from 'react';
import type { Shared } from '../../../../src/api/contract/accounts.ts';
import { faultText } from '../../api/http.ts';
import { startShared } from '../../api/shared.ts';
import { Button } from '../button.tsx';

export default function RangePlayer({ shared }: { shared: Shared }) {
  const [turn, setTurn] = useState(0);
  return <Attempt key={turn} shared={shared} onAgain={() => setTurn(turn + 1)} />;
}

function Attempt({ shared, onAgain }: { shared: Shared; onAgain: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    const { current } = video;
    return current ? play(current, shared, setFault) : undefined;
  }, [shared]);
  return (
    <>
      <video ref={video} controls playsInline muted autoPlay className="absolute inset-0 size-full">
        {/* Recordings of cameras have no captions. */}
        <track kind="captions" />
      </video>
      {fault !== undefined && (
        <div className="absolute inset-0 grid place-content-center justify-items-center gap-3 bg-black/80 px-6 text-center text-white">
          <p role="alert">{fault}</p>
          <Button icon="retry" onClick={onAgain}>
            Try again
          </Button>
        </div>
      )}
    </>
  );
}

/** @returns ends it */
function play(video: HTMLVideoElement, shared: Shared, onFault: (words: string) => void): () => void {
  let hls: Hls | undefined;
  let over = false;
  const begin = async (): Promise<void> => {
    const url = await startShared(shared);
    if (over) return;
    if (!isSupported()) {
      video.src = url; // Safari plays playlists itself
      return;
    }
    hls = new Hls();
    hls.on(Events.ERROR, (_event, { fatal }) => fatal && onFault('The recording cannot be played on.'));
    hls.loadSource(url);
    hls.attachMedia(video);
  };
  begin().catch((error: unknown) => !over && onFault(faultText(error)));
  return () => {
    over = true;
    hls?.destroy();
  };
}
