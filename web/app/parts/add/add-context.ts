/** Opens the add-camera dialogue from anywhere. */
import { createContext, useContext } from 'react';
import type { SourceInput } from '../../../../src/api/contract/cameras.ts';

/** Which kind of source the dialogue begins with; or `import`: the file of another server. */
export type AddStart = SourceInput['kind'] | 'import';

export const AddContext = createContext<(start: AddStart) => void>(() => undefined);

export function useAddCamera(): (start: AddStart) => void {
  return useContext(AddContext);
}
