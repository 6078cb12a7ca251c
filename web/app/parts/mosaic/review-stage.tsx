/** What lies on a tile of recorded footage: its moment, what is missing and why. */
import type { Timeline } from '../../../../src/api/contract/recording.ts';
import type { TileLook } from '../../../player/together/together.ts';
import { momentOn } from '../timeline/lanes.ts';
import { momentWords } from '../timeline/words.ts';
import type { Words } from '../timeline/words.ts';
import { clockText } from '../timeline/zone.ts';

interface ReviewStageProps {
  look: TileLook | undefined;
  timeline: Timeline | undefined;
  zone: string;
}

export function ReviewStage({ look, timeline, zone }: ReviewStageProps) {
  if (!look || look.atMs === undefined) return null;
  const { state, atMs } = look;
  return (
    <>
      <p className="absolute right-2 bottom-1.5 z-[3] rounded-md bg-[rgb(8_10_13/0.78)] px-1.5 text-[11px] leading-5 font-semibold text-white tabular-nums">
        {clockText(atMs, zone, 'second')}
      </p>
      {state.kind === 'opening' && (
        <span role="status" aria-label="Loading" className="late absolute inset-0 m-auto size-6">
          <i className="block size-full animate-spin rounded-full border-2 border-white/25 border-t-white" />
        </span>
      )}
      {state.kind === 'failed' && (
        <Said title="Playback failed" more={`${state.reason}. It is tried again.`} />
      )}
      {state.kind === 'hole' && <Said {...holeWords(timeline, atMs, state.untilMs, zone)} />}
    </>
  );
}

/** On the tile of a camera that one may see live only. */
export function NoReplay() {
  return <Said title="No playback here" more="You may not see recordings of this camera." />;
}

function holeWords(
  timeline: Timeline | undefined,
  atMs: number,
  untilMs: number | undefined,
  zone: string,
): Words {
  const moment = timeline && momentOn(timeline, atMs);
  const known = moment && moment.kind !== 'recorded' ? momentWords(moment, zone) : undefined;
  const goesOn = untilMs === undefined ? '' : `Goes on at ${clockText(untilMs, zone, 'second')}.`;
  return { title: known?.title ?? 'Nothing was recorded here', more: goesOn || (known?.more ?? '') };
}

function Said({ title, more }: Words) {
  return (
    <div className="absolute inset-0 grid place-content-center justify-items-center gap-0.5 px-3 pb-6 text-center text-white">
      <div role="status">
        <b className="block text-[clamp(12px,1.1vw,16px)] font-semibold text-balance">{title}</b>
        <span className="block text-[12px] text-[#c6ccd4]">{more}</span>
      </div>
    </div>
  );
}
