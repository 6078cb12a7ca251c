/** Whether a camera is being recorded: nothing where it is not wanted, a word where it fails. */
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { useLink } from '../../api/events.ts';
import { Shape } from '../state-chip.tsx';

export function RecordingMark({ camera }: { camera: Camera }) {
  const { recordingState } = camera;
  // What was last heard would be a claim about now.
  if (useLink().kind === 'down') return null;
  if (recordingState === 'recording') {
    return (
      <span
        role="img"
        aria-label="Being recorded"
        title="Being recorded"
        className="grid shrink-0 self-center"
      >
        <i className="size-2 rounded-full bg-[#ff5a52] shadow-[0_0_0_2px_rgb(8_10_13/0.5)]" />
      </span>
    );
  }
  if (recordingState !== 'failing') return null;
  return (
    <span
      data-theme="dark"
      className="flex h-6 shrink-0 items-center gap-1.5 rounded-md bg-[rgb(8_10_13/0.78)] px-2 text-[12px] font-medium text-white"
    >
      <Shape tone="bad" />
      Not recorded
    </span>
  );
}
