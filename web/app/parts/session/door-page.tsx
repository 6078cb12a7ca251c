/** A page for who is not inside yet: our mark, a title, one thing to do. */
import type { ReactNode } from 'react';
import { Mark } from '../icons.tsx';
import { useTitle } from '../title.ts';

interface DoorPageProps {
  title: string;
  words?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

export function DoorPage({ title, words, wide = false, children }: DoorPageProps) {
  useTitle(title);
  return (
    <main className="grid min-h-dvh grid-cols-[minmax(0,1fr)] content-start justify-items-center px-4 pt-[max(3rem,10vh)] pb-10">
      <div className={`w-full ${wide ? 'max-w-xl' : 'max-w-sm'}`}>
        <p className="mb-8 flex items-center gap-2.5">
          <Mark />
          <span className="text-[17px] font-semibold tracking-[-0.02em]">Sightline</span>
        </p>
        <h1 className="text-[24px] font-semibold tracking-[-0.02em] text-balance">{title}</h1>
        {words !== undefined && <div className="text-muted mt-2 text-[15px]">{words}</div>}
        <div className="mt-7">{children}</div>
      </div>
    </main>
  );
}
