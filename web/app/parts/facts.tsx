/** Names and figures, two by two. */
export type Fact = readonly [name: string, value: string, tone?: 'plain' | 'warn'];

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="bg-line border-line grid grid-cols-2 gap-px overflow-hidden rounded-xl border">
      {facts.map(([name, value, tone]) => (
        <div key={name} className="bg-surface px-3.5 py-2.5 last:odd:col-span-2">
          <dt className="text-muted text-[12px]">{name}</dt>
          <dd className={`text-[15px] font-medium tabular-nums ${tone === 'warn' ? 'text-warn' : ''}`}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
