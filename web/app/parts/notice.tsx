/** A page that has nothing else to show: what is the matter, and what to do. */
import type { ReactNode } from 'react';
import { Button } from './button.tsx';

export function Notice({
  title,
  children,
  retry,
}: {
  title: string;
  children: ReactNode;
  retry?: () => void;
}) {
  return (
    <div className="mx-auto grid max-w-md justify-items-center gap-3 pt-[18vh] text-center">
      <h1 className="text-[20px] font-semibold tracking-[-0.015em]">{title}</h1>
      <div className="text-muted">{children}</div>
      {retry && (
        <Button icon="retry" onClick={retry} className="mt-2">
          Try again
        </Button>
      )}
    </div>
  );
}
