/** What may be done with one camera, in the words of its page: permission and right together. */
import { useMay, useRights, useSession } from '../../api/session.ts';

export interface MayDo {
  /** See it now. */
  readonly watch: boolean;
  /** See its past. */
  readonly replay: boolean;
  readonly export: boolean;
  /** Make links to it, on a server that others reach. */
  readonly share: boolean;
  /** Its address, name, recording. */
  readonly change: boolean;
  readonly hold: boolean;
  /** Who watches it, and end that. */
  readonly viewers: boolean;
  readonly delete: boolean;
}

export function useMayDo(cameraId: string): MayDo {
  const rights = useRights(cameraId);
  const see = useMay('media:read');
  const write = useMay('media:write');
  const rule = useMay('system:write');
  const open = useSession()?.open ?? true;
  return {
    watch: see && rights.has('live'),
    replay: see && rights.has('playback'),
    export: see && rights.has('export'),
    share: see && rights.has('export') && !open,
    change: write && rights.has('settings'),
    hold: write && rights.has('export'),
    viewers: write && rights.has('live'),
    delete: rule,
  };
}
