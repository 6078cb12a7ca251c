/** The lists of the people page: head with a button, rows, and words for when there is nothing. */
import type { ReactNode } from 'react';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';

interface ListProps<T> {
  words: ReactNode;
  /** On the button that makes a new one; absent: they are made elsewhere. */
  add?: string;
  onAdd?: () => void;
  rows: readonly T[] | undefined;
  error: unknown;
  /** What this is good for, while there is none. */
  empty: ReactNode;
  children: (row: T) => ReactNode;
}

export function List<T extends { readonly id: string }>({
  words,
  add,
  onAdd,
  rows,
  error,
  empty,
  children,
}: ListProps<T>) {
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-start gap-3">
        <p className="text-muted max-w-prose min-w-0 grow basis-64 max-sm:basis-full">{words}</p>
        {add !== undefined && (
          <Button icon="plus" onClick={onAdd} className="sm:ml-auto">
            {add}
          </Button>
        )}
      </div>
      {error !== null && <p className="text-bad">{faultText(error)}</p>}
      {rows?.length === 0 && (
        <div className="border-line text-muted bg-surface rounded-xl border px-4 py-6 text-center">
          {empty}
        </div>
      )}
      {rows && rows.length > 0 && (
        <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
          {rows.map((row) => (
            <li key={row.id} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
              {children(row)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface RowProps {
  name: ReactNode;
  /** Beside the name. */
  mark?: string | undefined;
  lines: readonly string[];
  children: ReactNode;
}

/** @param children its buttons */
export function Row({ name, mark, lines, children }: RowProps) {
  return (
    <>
      <div className="min-w-0 grow basis-56">
        <p className="flex min-w-0 items-center gap-2">
          <span className="truncate font-medium">{name}</span>
          {mark !== undefined && (
            <span className="border-line text-muted shrink-0 rounded-full border px-2 text-[12px]">
              {mark}
            </span>
          )}
        </p>
        {lines.filter(Boolean).map((line) => (
          <p key={line} className="text-muted text-[13px] break-words tabular-nums">
            {line}
          </p>
        ))}
      </div>
      <div className="flex gap-1.5">{children}</div>
    </>
  );
}
