/** Second step: where footage will lie, whether it can be written there, and how far it goes. */
import type { VolumeTest } from '../../../../src/api/contract/storage-test.ts';
import { faultText } from '../../api/http.ts';
import { useStorageTest } from '../../api/storage-test.ts';
import { bytes } from '../../format.ts';
import { Button } from '../button.tsx';
import { FormError } from '../field.tsx';
import { Shape } from '../state-chip.tsx';
import { roomWords, speedAdvice } from './room.ts';

export function StorageStep({ onNext }: { onNext: () => void }) {
  const { data, error, isFetching, refetch } = useStorageTest();
  const volumes = data?.volumes ?? [];
  const works = volumes.some(({ fault }) => fault === null);
  const usableBytes = volumes.reduce((sum, one) => (one.fault === null ? sum + one.usableBytes : sum), 0);
  return (
    <div className="grid gap-5">
      {isFetching && volumes.length === 0 && (
        <p role="status" className="text-muted border-line bg-surface rounded-xl border px-4 py-6">
          Writing a small file, reading it back …
        </p>
      )}
      {error && <FormError>{faultText(error)}</FormError>}
      {volumes.length > 0 && (
        <ul className="grid gap-3">
          {volumes.map((volume) => (
            <VolumeCard key={volume.path} volume={volume} />
          ))}
        </ul>
      )}
      {works && (
        <p>
          There is room for <b className="font-semibold">{roomWords(usableBytes)}</b>. When it is used up, the
          oldest footage goes. How long footage is kept is set for each camera.
        </p>
      )}
      <p className="text-muted text-[13px]">
        Other folders or more disks: name them under <code className="font-mono">storage.volumes</code> in the
        configuration file, start the server again, and come back here.
      </p>
      <div className="flex flex-wrap gap-3">
        <Button look="primary" onClick={onNext} className="min-h-[44px] grow" disabled={isFetching}>
          {works || isFetching ? 'Go on' : 'Go on without recording'}
        </Button>
        <Button icon="retry" onClick={() => void refetch()} busy={isFetching} className="min-h-[44px]">
          Test again
        </Button>
      </div>
    </div>
  );
}

function VolumeCard({ volume }: { volume: VolumeTest }) {
  const { path, fault, writeBytesPerSecond, syncMs, freeBytes, totalBytes } = volume;
  const advice = fault === null ? speedAdvice(volume) : '';
  return (
    <li className="border-line bg-surface rounded-xl border p-4">
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
    </li>
  );
}
