/** The folders that footage lies in: how full, whether they can be written to, whether they are sealed. */
import type { Storage } from '../../../../src/api/contract/recording.ts';
import { bytes, whole } from '../../format.ts';
import { Shape } from '../state-chip.tsx';
import type { Tone } from '../state-chip.tsx';
import { Panel } from './panel.tsx';

type Volume = Storage['volumes'][number];

const tones: Record<Volume['state'], Tone> = { ready: 'good', full: 'warn', failed: 'bad', missing: 'bad' };
const words: Record<Volume['state'], string> = {
  ready: 'Ready',
  full: 'Full',
  failed: 'Failed',
  missing: 'Missing',
};

export function Volumes({ volumes }: { volumes: readonly Volume[] }) {
  return (
    <Panel title={volumes.length === 1 ? 'Volume' : 'Volumes'}>
      <ul className="grid gap-3">
        {volumes.map((volume) => (
          <VolumeCard key={volume.id || volume.path} volume={volume} />
        ))}
      </ul>
    </Panel>
  );
}

function VolumeCard({ volume }: { volume: Volume }) {
  const { path, state, fault, totalBytes, freeBytes, usedBytes, sealed, recordings } = volume;
  const otherBytes = Math.max(0, totalBytes - freeBytes - usedBytes);
  const share = (part: number) => (totalBytes > 0 ? `${Math.min(100, (part / totalBytes) * 100)}%` : '0%');
  return (
    <li className="border-line bg-surface grid gap-3 rounded-xl border p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <code className="min-w-0 font-mono text-[13px] break-all">{path}</code>
        <span className="grow" />
        <span className="inline-flex items-center gap-2 text-[13px] font-medium">
          <Shape tone={tones[state]} />
          {words[state]}
        </span>
        <span className="border-line text-muted rounded-full border px-2 text-[12px]">
          {sealed ? 'Sealed' : 'Not sealed'}
        </span>
      </div>
      {totalBytes > 0 && (
        <>
          <div className="bg-raised flex h-2.5 overflow-hidden rounded-full" aria-hidden="true">
            <i className="bg-accent" style={{ width: share(usedBytes) }} />
            <i className="bg-faint/50" style={{ width: share(otherBytes) }} />
          </div>
          <p className="text-muted text-[13px] tabular-nums">
            {bytes(usedBytes)} in {whole(recordings)} {recordings === 1 ? 'recording' : 'recordings'} ·{' '}
            {bytes(otherBytes)} of others · {bytes(freeBytes)} free of {bytes(totalBytes)}
          </p>
        </>
      )}
      {fault !== null && fault !== '' && <p className="text-bad">{fault}</p>}
    </li>
  );
}
