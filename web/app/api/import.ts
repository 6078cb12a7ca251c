/** Reads configuration files of other servers, and takes their cameras over. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ImportReport } from '../../../src/api/contract/provisioning.ts';
import { camerasQuery } from './cameras.ts';
import { ask } from './http.ts';

export interface ImportFile {
  readonly text: string;
  /** Values of the placeholders in it. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What the file holds; nothing is changed. */
export function useReadImport() {
  return useMutation({
    mutationFn: (file: ImportFile) => ask<ImportReport>('POST', '/cameras/import', { ...file, dryRun: true }),
  });
}

/** Makes the chosen cameras, by external id. */
export function useImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wanted: ImportFile & { readonly only: readonly string[] }) =>
      ask<ImportReport>('POST', '/cameras/import', wanted),
    onSuccess: () => client.invalidateQueries({ queryKey: camerasQuery.queryKey }),
  });
}
