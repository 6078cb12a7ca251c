/** A part of the storage page: a heading, a few words, what there is. */
import type { ReactNode } from 'react';

export function Panel({ title, words, children }: { title: string; words?: string; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h2 className="font-semibold">{title}</h2>
      {words !== undefined && <p className="text-muted mb-2">{words}</p>}
      <div className={words === undefined ? 'mt-2' : ''}>{children}</div>
    </section>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="border-line text-muted bg-surface rounded-xl border px-4 py-5">{children}</p>;
}
