/** A write test of every volume, when somebody asks for it. */
import { useMutation, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import type { storageTestSchema } from '../../../src/api/contract/storage-test.ts';
import { ask } from './http.ts';

/** Runs when it is first shown, and again by `refetch`. */
export function useStorageTest() {
  return useQuery({
    queryKey: ['storage-test'],
    queryFn: () => ask<z.infer<typeof storageTestSchema>>('POST', '/storage/test'),
    staleTime: Infinity,
    retry: false,
  });
}

/** Whether a folder could be used; it is left as it was. */
export function useFolderTest() {
  return useMutation({
    mutationFn: (folder: string) =>
      ask<z.infer<typeof storageTestSchema>>('POST', '/storage/test', { folder }),
  });
}
