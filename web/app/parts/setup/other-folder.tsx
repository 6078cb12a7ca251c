/** Another folder for recordings: tried first, then used. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { faultText, fieldFault } from '../../api/http.ts';
import { settingsQuery, useChangeSettings } from '../../api/settings.ts';
import { useFolderTest } from '../../api/storage-test.ts';
import { useStorage } from '../../api/storage.ts';
import { Button } from '../button.tsx';
import { FormError, TextField } from '../field.tsx';
import { roomWords } from './room.ts';
import { VolumeCard } from './volume-card.tsx';

const key = 'storageFolders';

interface OtherFolderProps {
  /** In use now. */
  used: readonly string[];
  onUsed: () => void;
}

export function OtherFolder({ used, onUsed }: OtherFolderProps) {
  const [path, setPath] = useState('');
  const test = useFolderTest();
  const { use, error, isPending, isReady, managedBy } = useFolder(used, () => {
    setPath('');
    test.reset();
    onUsed();
  });
  const folder = path.trim().replace(/(?<=.)[/\\]+$/, '');
  const tested = test.variables === folder ? test.data?.volumes[0] : undefined;
  if (managedBy !== null) {
    return (
      <p className="text-muted text-[13px]">
        The folders are set by {managedBy}. For others, change them there and start the server again.
      </p>
    );
  }
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (folder !== '') test.mutate(folder);
      }}
    >
      <TextField
        label="Keep recordings in another folder"
        hint="Its whole path on the server, for example on a larger disk. It is made if it is not there yet."
        placeholder="/mnt/disk1/recordings"
        mono
        spellCheck={false}
        autoCapitalize="none"
        value={path}
        onChange={(event) => setPath(event.target.value)}
      />
      {tested && <VolumeCard volume={tested} />}
      {tested?.fault === null && <p>There is room for {roomWords(tested.usableBytes)}.</p>}
      <FormError>{wrong(test.error ?? error)}</FormError>
      <div className="flex flex-wrap gap-3">
        <Button type="submit" busy={test.isPending} disabled={folder === ''} className="min-h-[44px]">
          Test
        </Button>
        {tested?.fault === null && (
          <Button onClick={() => use(folder)} busy={isPending} disabled={!isReady} className="min-h-[44px]">
            Use this folder
          </Button>
        )}
      </div>
    </form>
  );
}

/** Folders that hold recordings stay beside the new one; those that hold nothing make room for it. */
function useFolder(used: readonly string[], onUsed: () => void) {
  const client = useQueryClient();
  const settings = useQuery(settingsQuery(undefined));
  const stored = useStorage();
  const change = useChangeSettings(undefined);
  const setting = settings.data?.settings.find((one) => one.key === key);
  const use = (folder: string): void => {
    if (!settings.data || !setting) return;
    const chosen = Array.isArray(setting.value) ? setting.value : [];
    const filled = new Set(stored.data?.volumes.filter((one) => one.recordings > 0).map(({ path }) => path));
    const kept = used.filter((path) => path !== folder && (chosen.includes(path) || filled.has(path)));
    const wish = { values: { [key]: [...kept, folder] }, revision: settings.data.revision };
    change.mutate(wish, {
      onSuccess: () => {
        void client.invalidateQueries({ queryKey: ['storage'] });
        onUsed();
      },
    });
  };
  const { error, isPending } = change;
  const isReady = setting !== undefined && stored.data !== undefined;
  return { use, error, isPending, isReady, managedBy: setting?.managedBy ?? null };
}

function wrong(error: Error | null): string | undefined {
  return error ? (fieldFault(error, key) ?? faultText(error)) : undefined;
}
