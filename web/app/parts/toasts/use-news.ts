/** Makes toasts of what happens to cameras, to the storage, and of changes that were not saved. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Storage } from '../../../../src/api/contract/recording.ts';
import { camerasQuery } from '../../api/cameras.ts';
import { linkNow } from '../../api/events.ts';
import { useMay } from '../../api/session.ts';
import { useStorageState } from '../../api/storage.ts';
import { duration } from '../../format.ts';
import type { CameraNews } from './camera-news.ts';
import { CameraWatch } from './camera-news.ts';
import { dropToast, toast } from './toasts.ts';

const lookEveryMs = 2000;

export function useNews(): void {
  useCameraNews();
  useStorageNews();
}

function useCameraNews(): void {
  const client = useQueryClient();
  useEffect(() => {
    const watch = new CameraWatch();
    const timer = window.setInterval(() => {
      const cameras = client.getQueryData(camerasQuery.queryKey);
      // Without the server nothing is known; the banner says so.
      if (!cameras || linkNow().kind !== 'up') return;
      for (const news of watch.look(cameras, performance.now())) tell(news);
    }, lookEveryMs);
    return () => window.clearInterval(timer);
  }, [client]);
}

function tell(news: CameraNews): void {
  const { id, name, status } = news.camera;
  const path = `/cameras/${id}`;
  // Whoever looks at it sees it.
  const looking = location.pathname === path || location.pathname === '/';
  const to = { path, label: 'Show the camera' };
  switch (news.kind) {
    case 'gone':
      if (!looking)
        toast({ key: id, tone: 'bad', title: `${name} is offline`, words: status.reason ?? '', to });
      break;
    case 'back':
      if (looking) return dropToast(id);
      toast({
        key: id,
        tone: 'good',
        title: `${name} is back`,
        words: `After ${duration(news.awayMs)}.`,
        to,
      });
      break;
    case 'not-recorded':
      toast({
        key: `${id} recording`,
        tone: 'bad',
        title: `${name} is not recorded`,
        words: 'What happens now is missing later. The storage page may say why.',
        to,
      });
      break;
    case 'recorded-again':
      toast({ key: `${id} recording`, tone: 'good', title: `${name} is recorded again`, to });
      break;
  }
}

/** Asked for only by who may read it. */
function useStorageNews(): void {
  const storage = useStorageState(useMay('system:read'));
  const faults = storage.data && faultsOf(storage.data);
  useEffect(() => {
    if (faults === undefined) return;
    if (faults === '') return dropToast('storage');
    if (location.pathname === '/storage') return;
    toast({
      key: 'storage',
      tone: 'bad',
      title: 'Trouble with the storage',
      words: faults,
      to: { path: '/storage', label: 'Show the storage' },
      stays: true,
    });
  }, [faults]);
}

/** A full volume is no trouble: the oldest footage goes. */
function faultsOf({ volumes }: Storage): string {
  return volumes
    .filter(({ state }) => state === 'failed' || state === 'missing')
    .map(({ path, fault }) => `${path}: ${fault ?? 'cannot be used'}`)
    .join(' ');
}
