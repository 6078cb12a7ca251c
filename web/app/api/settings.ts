/** Settings of the server, or of one camera, and changing them. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { SettingsAnswer } from '../../../src/api/contract/settings.ts';
import { ask } from './http.ts';

/** Of the server where no camera is named. */
export function settingsQuery(camera: string | undefined) {
  return queryOptions({
    queryKey: ['settings', camera ?? null],
    queryFn: () =>
      ask<SettingsAnswer>(
        'GET',
        `/settings${camera === undefined ? '' : `?camera=${encodeURIComponent(camera)}`}`,
      ),
  });
}

interface SettingsWish {
  readonly values: Readonly<Record<string, unknown>>;
  /** What was on the screen: keys that somebody else changed after it are refused. */
  readonly revision: number;
}

export function useChangeSettings(camera: string | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wish: SettingsWish) =>
      ask<SettingsAnswer>('PATCH', '/settings', { ...wish, ...(camera !== undefined && { camera }) }),
    onSuccess: (answer) => client.setQueryData(settingsQuery(camera).queryKey, answer),
    onError: () => client.invalidateQueries({ queryKey: ['settings'] }),
  });
}
