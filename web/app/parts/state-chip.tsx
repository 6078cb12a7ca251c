/** The state of a camera as shape, colour and word: never colour alone. */
import type { CameraState, StreamStatus } from '../../../src/api/contract/cameras.ts';
import { useLink } from '../api/events.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

export const stateTones: Record<CameraState, Tone> = {
  live: 'good',
  connecting: 'quiet',
  idle: 'quiet',
  disabled: 'quiet',
  stalled: 'warn',
  offline: 'bad',
  error: 'bad',
};

const stateWords: Record<CameraState, string> = {
  live: 'Live',
  connecting: 'Connecting',
  idle: 'Ready',
  disabled: 'Switched off',
  stalled: 'Stalled',
  offline: 'Offline',
  error: 'Needs attention',
};

const shapes: Record<Tone, string> = {
  good: 'rounded-full bg-good',
  warn: 'rounded-[1px] bg-warn',
  bad: 'rounded-[1px] rotate-45 bg-bad',
  quiet: 'rounded-full border-[1.5px] border-faint',
};

export function Shape({ tone }: { tone: Tone }) {
  return <i aria-hidden="true" className={`size-2 shrink-0 ${shapes[tone]}`} />;
}

/** Without a connection to the server nobody knows. */
export function StateChip({ status }: { status: StreamStatus }) {
  const known = useLink().kind !== 'down';
  return (
    <span className="border-line bg-surface inline-flex h-7 shrink-0 items-center gap-2 rounded-full border px-2.5 text-[12px] font-medium">
      <Shape tone={known ? stateTones[status.state] : 'quiet'} />
      {known ? stateWords[status.state] : 'Unknown'}
    </span>
  );
}

export function stateWord(state: CameraState): string {
  return stateWords[state];
}
