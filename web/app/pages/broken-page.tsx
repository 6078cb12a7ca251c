/** Shown instead of a page that failed: what happened, and a way on. */
import type { ErrorComponentProps } from '@tanstack/react-router';
import { faultText } from '../api/http.ts';
import { Notice } from '../parts/notice.tsx';

export function BrokenPage({ error }: Pick<ErrorComponentProps, 'error'>) {
  return (
    <Notice title="This page failed" retry={() => location.reload()}>
      {faultText(error)} · The server goes on.
    </Notice>
  );
}
