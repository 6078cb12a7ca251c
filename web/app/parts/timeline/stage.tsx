/** What lies on a recorded picture: how old it is, what is missing and why, and the buttons of the picture. */
import type { ReactNode } from 'react';
import type { RecordedLook } from '../../../player/recorded/recorded-options.ts';
import type { RecordedPlayer } from '../../../player/recorded/recorded-player.ts';
import { duration } from '../../format.ts';
import { Icon } from '../icons.tsx';
import type { IconName } from '../icons.tsx';
import type { Words } from './words.ts';
import { clockText } from './zone.ts';

interface StageProps {
  look: RecordedLook;
  player: RecordedPlayer;
  /** What the timeline knows of the place; undefined while it is footage. */
  missing: Words | undefined;
  nowMs: number;
  zone: string;
  onLive: () => void;
  onSave: () => void;
  onFull: () => void;
}

export function Stage({ look, player, missing, nowMs, zone, onLive, onSave, onFull }: StageProps) {
  const { state, muted, waiting } = look;
  if (state.kind === 'live') return null;
  return (
    <>
      <p className="absolute top-2.5 left-2.5 flex items-center gap-1.5 rounded-md bg-[rgb(8_10_13/0.78)] px-2 py-[3px] text-[11px] leading-4 font-semibold tracking-[0.03em] text-white tabular-nums">
        <i aria-hidden="true" className="size-[7px] rounded-[1px] border-[1.5px] border-white" />
        RECORDED · {duration(nowMs - state.atMs)} ago
      </p>
      <Message look={look} player={player} missing={missing} zone={zone} onLive={onLive} />
      {waiting && state.kind !== 'gap' && state.kind !== 'failed' && <Waiting />}
      <div className="absolute right-2 bottom-2 flex gap-1">
        <PictureButton
          icon={muted ? 'muted' : 'sound'}
          label={muted ? 'Sound on' : 'Sound off'}
          onClick={() => player.toggleSound()}
        />
        <PictureButton icon="still" label="Save this picture" onClick={onSave} />
        <PictureButton icon="full" label="Full screen" onClick={onFull} />
      </div>
    </>
  );
}

type MessageProps = Pick<StageProps, 'look' | 'player' | 'missing' | 'zone' | 'onLive'>;

function Message({ look, player, missing, zone, onLive }: MessageProps) {
  const { state } = look;
  if (state.kind === 'failed') {
    return (
      <Said title="Playback failed" more={`${state.reason}. It is tried again by itself.`}>
        <StageButton onClick={() => player.retry()}>Try now</StageButton>
        <StageButton onClick={onLive}>Live</StageButton>
      </Said>
    );
  }
  if (state.kind === 'scrubbing' && missing) return <Said title={missing.title} more={missing.more} />;
  if (state.kind !== 'gap') return null;
  const title = missing?.title ?? 'Nothing was recorded here';
  if (state.untilMs === undefined) {
    return (
      <Said title={title} more="There is no later footage.">
        <StageButton onClick={onLive}>Live</StageButton>
      </Said>
    );
  }
  const goes = state.plays ? 'Goes on' : 'The next footage begins';
  const more = [missing?.more, `${goes} at ${clockText(state.untilMs, zone, 'second')}.`]
    .filter(Boolean)
    .join(' ');
  return (
    <Said title={title} more={more}>
      <StageButton onClick={() => player.skip()}>Skip</StageButton>
    </Said>
  );
}

function Said({ title, more, children }: Words & { children?: ReactNode }) {
  return (
    <div className="absolute inset-0 grid place-content-center justify-items-center gap-1 px-6 text-center text-white">
      <div role="status">
        <b className="block text-[clamp(14px,2vw,19px)] font-semibold text-balance">{title}</b>
        <span className="mx-auto block max-w-[56ch] text-[13px] text-[#c6ccd4]">{more}</span>
      </div>
      <div className="mt-2 flex gap-2">{children}</div>
    </div>
  );
}

function Waiting() {
  return (
    <span
      role="status"
      aria-label="Loading"
      className="absolute inset-0 m-auto size-6 animate-spin rounded-full border-2 border-white/25 border-t-white"
    />
  );
}

function StageButton({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="min-h-9 rounded-lg border border-white/25 bg-[rgb(8_10_13/0.78)] px-4 font-medium text-white hover:border-white/60 pointer-coarse:min-h-[44px]"
    >
      {children}
    </button>
  );
}

function PictureButton({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onClick}
      className="inline-grid size-9 place-items-center rounded-lg bg-[rgb(8_10_13/0.6)] text-white hover:bg-[rgb(8_10_13/0.9)] pointer-coarse:size-[44px]"
    >
      <Icon name={icon} />
    </button>
  );
}
