/** Second step: where footage will lie, whether it can be written there, and how far it goes. */
import { faultText } from '../../api/http.ts';
import { useStorageTest } from '../../api/storage-test.ts';
import { Button } from '../button.tsx';
import { FormError } from '../field.tsx';
import { OtherFolder } from './other-folder.tsx';
import { roomWords } from './room.ts';
import { VolumeCard } from './volume-card.tsx';

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
            <li key={volume.path}>
              <VolumeCard volume={volume} />
            </li>
          ))}
        </ul>
      )}
      {works && (
        <p>
          There is room for <b className="font-semibold">{roomWords(usableBytes)}</b>. When it is used up, the
          oldest footage goes. How long footage is kept is set for each camera.
        </p>
      )}
      {data && <OtherFolder used={volumes.map(({ path }) => path)} onUsed={() => void refetch()} />}
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
