/** The buttons under the timeline: go back and on, play, speed; large enough for fingers. */
import { speedFrom, speedText, speeds } from '../../../player/recorded/speed.ts';
import type { Speed } from '../../../player/recorded/speed.ts';
import { IconButton } from '../button.tsx';

interface TransportProps {
  live: boolean;
  plays: boolean;
  speed: Speed;
  onPlay: () => void;
  onMove: (byMs: number) => void;
  onFrame: (by: 1 | -1) => void;
  onSpeed: (speed: Speed) => void;
}

export function Transport({ live, plays, speed, onPlay, onMove, onFrame, onSpeed }: TransportProps) {
  return (
    <div role="group" aria-label="Playback" className="flex items-center sm:gap-0.5">
      <IconButton icon="earlier" label="10 seconds back" onClick={() => onMove(-10_000)} />
      <IconButton
        icon="frameBack"
        label="One picture back"
        disabled={live}
        onClick={() => onFrame(-1)}
        className={dim}
      />
      <IconButton
        icon={plays ? 'pause' : 'play'}
        label={plays ? 'Pause' : 'Play'}
        onClick={onPlay}
        className="!text-text bg-raised border-line hover:border-line-strong !rounded-full border"
      />
      <IconButton
        icon="frameOn"
        label="One picture on"
        disabled={live}
        onClick={() => onFrame(1)}
        className={dim}
      />
      <IconButton
        icon="later"
        label="10 seconds on"
        disabled={live}
        onClick={() => onMove(10_000)}
        className={dim}
      />
      <select
        aria-label="Speed"
        title="Speed"
        value={String(speed)}
        disabled={live}
        onChange={(event) => onSpeed(speedFrom(event.target.value))}
        className="bg-raised border-line ml-1 h-9 rounded-lg border px-1.5 tabular-nums disabled:opacity-40 pointer-coarse:h-[44px] pointer-coarse:text-[16px]"
      >
        {speeds.map((one) => (
          <option key={one} value={String(one)}>
            {speedText(one)}
          </option>
        ))}
      </select>
    </div>
  );
}

const dim = 'disabled:opacity-35 disabled:cursor-default';
