/** What the write test said about one folder. */
import type { VolumeTest } from '../../../../src/api/contract/storage-test.ts';
import { bytes } from '../../format.ts';
import { Shape } from '../state-chip.tsx';
import { speedAdvice } from './room.ts';

export function VolumeCard({ volume }: { volume: VolumeTest }) {
  const { path, fault, writeBytesPerSecond, syncMs, freeBytes, totalBytes } = volume;
  const advice = fault === null ? speedAdvice(volume) : '';
  return (
    <div className="border-line bg-surface rounded-xl border p-4">
      <p className="flex items-start gap-3">
        <code className="min-w-0 grow font-mono text-[13px] break-all">{path}</code>
        <span className="inline-flex shrink-0 items-center gap-2 text-[13px] font-medium">
          <Shape tone={fault === null ? (advice === '' ? 'good' : 'warn') : 'bad'} />
          {fault === null ? 'Works' : 'Does not work'}
        </span>
      </p>
      <p className="text-muted mt-1.5 text-[13px] tabular-nums">
        {writeBytesPerSecond !== null && `writes ${bytes(writeBytesPerSecond)}/s · `}
        {syncMs !== null && `safe after ${syncMs < 10 ? syncMs.toFixed(1) : Math.round(syncMs)} ms · `}
        {bytes(freeBytes)} free of {bytes(totalBytes)}
      </p>
      {fault !== null && <p className="text-bad mt-1.5">{fault}</p>}
      {advice !== '' && <p className="text-warn mt-1.5">{advice}</p>}
    </div>
  );
}
