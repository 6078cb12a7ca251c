/** A source while it is being typed: every field of every kind, so that changing the kind loses nothing. */
import type { SourceInput } from '../../../../src/api/contract/cameras.ts';

export interface SourceDraft {
  readonly kind: SourceInput['kind'];
  readonly url: string;
  readonly transport: 'auto' | 'tcp' | 'udp';
  readonly verifyTls: boolean;
  readonly path: string;
}

export function draftOf(source: SourceInput | SourceInput['kind']): SourceDraft {
  const empty = { url: '', transport: 'auto', verifyTls: true, path: '' } as const;
  if (typeof source === 'string') return { ...empty, kind: source };
  return { ...empty, ...source };
}

export function sourceOf(draft: SourceDraft): SourceInput {
  switch (draft.kind) {
    case 'rtsp':
      return {
        kind: 'rtsp',
        url: draft.url.trim(),
        transport: draft.transport,
        verifyTls: draft.verifyTls,
      };
    case 'file':
      return { kind: 'file', path: draft.path.trim() };
    case 'demo':
    case 'push':
      return { kind: draft.kind };
  }
}

/** What is missing, in words; undefined when the draft can be sent. */
export function draftFault(draft: SourceDraft): string | undefined {
  if (draft.kind === 'file' && draft.path.trim() === '') return 'Enter the name of the file.';
  if (draft.kind !== 'rtsp') return undefined;
  if (draft.url.trim() === '') return 'Enter the address of the camera.';
  if (!/^rtsps?:\/\/[^/\s]/i.test(draft.url.trim())) return 'The address begins with rtsp:// or rtsps://';
  return undefined;
}

/** A first name for the camera: its host, or its file. */
export function suggestedName(draft: SourceDraft): string {
  if (draft.kind === 'demo') return 'Demo camera';
  if (draft.kind === 'push') return '';
  if (draft.kind === 'file') return (draft.path.split(/[\\/]/).at(-1) ?? '').replace(/\.\w+$/, '');
  const host = /^rtsps?:\/\/(?:[^@/]*@)?([^:/?#]+)/i.exec(draft.url.trim())?.[1] ?? '';
  return host === '' ? '' : `Camera ${host}`;
}
