/** The audit log: who signed in, watched, exported, changed what, and what was refused. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { AuditEntry } from '../../../src/api/contract/accounts.ts';
import type { AuditFilter } from '../api/audit.ts';
import { useAudit } from '../api/audit.ts';
import { camerasQuery } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { serverNow } from '../api/now.ts';
import { Filters } from '../parts/audit/filters.tsx';
import { deedWords, kindWord } from '../parts/audit/words.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icons.tsx';
import { useTitle } from '../parts/title.ts';

export function AuditPage() {
  useTitle('Audit');
  const [filter, setFilter] = useState<AuditFilter>({});
  const [days, setDays] = useState('');
  const audit = useAudit(filter);
  const entries = audit.data?.pages.flatMap((page) => page.entries);
  return (
    <div className="mx-auto max-w-4xl">
      <h1 className="py-4 text-[19px] font-semibold tracking-[-0.015em]">Audit</h1>
      <Filters
        filter={filter}
        days={days}
        nowMs={serverNow()}
        onChange={(changed, span) => {
          setFilter(changed);
          setDays(span);
        }}
      />
      <p className="text-muted mt-4 mb-2 text-[13px]">
        The newest first · times in {new Intl.DateTimeFormat().resolvedOptions().timeZone}
      </p>
      {audit.isError && <p className="text-bad">{faultText(audit.error)}</p>}
      {entries?.length === 0 && (
        <p className="border-line text-muted bg-surface rounded-xl border px-4 py-6 text-center">
          Nothing of this kind was written down.
        </p>
      )}
      {entries && entries.length > 0 && <Entries entries={entries} />}
      {audit.hasNextPage && (
        <More busy={audit.isFetchingNextPage} onMore={() => void audit.fetchNextPage()} />
      )}
    </div>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }) {
  const { data: cameras = [] } = useQuery(camerasQuery);
  const names = new Map(cameras.map(({ id, name }) => [id, name]));
  return (
    <ol className="border-line divide-line bg-surface divide-y rounded-xl border">
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} camera={entry.cameraId} names={names} />
      ))}
    </ol>
  );
}

interface EntryProps {
  entry: AuditEntry;
  camera: string | null;
  names: ReadonlyMap<string, string>;
}

function Entry({ entry, camera, names }: EntryProps) {
  const { actor, atMs, address, outcome, detail } = entry;
  const kind = kindWord(actor.kind);
  const cameraName = camera === null ? undefined : (names.get(camera) ?? 'a camera');
  // A camera that is still there is named in the sentence.
  const more = detail === cameraName ? '' : detail.replaceAll(utcPattern, (utc) => moment(Date.parse(utc)));
  const lines = [more, address === '' ? '' : `from ${address}`].filter(Boolean);
  return (
    <li className="flex gap-x-4 px-4 py-2.5 max-sm:flex-col">
      <time
        dateTime={new Date(atMs).toISOString()}
        className="text-muted shrink-0 text-[13px] leading-[21px] whitespace-nowrap tabular-nums sm:w-44"
      >
        {moment(atMs)}
      </time>
      <div className="min-w-0 grow">
        <p className="break-words">
          {outcome === 'refused' && (
            <span className="text-warn mr-1.5 inline-block align-[-3px]">
              <Icon name="warn" size={16} />
            </span>
          )}
          <b className="font-semibold">{actor.kind === 'nobody' ? 'Somebody' : actor.name}</b>
          {kind !== undefined && <span className="text-muted"> ({kind})</span>} {deedWords(entry, cameraName)}
        </p>
        {lines.length > 0 && <p className="text-muted text-[13px] break-words">{lines.join(' · ')}</p>}
      </div>
    </li>
  );
}

/** As the server writes moments into a detail. */
const utcPattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

/** With seconds: what happened in which order matters here. */
function moment(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Asks for more as soon as it comes into sight; also a button, for who goes by keys. */
function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const ask = useRef(onMore);
  useEffect(() => {
    ask.current = onMore;
  });
  useEffect(() => {
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && ask.current());
    if (end.current) watch.observe(end.current);
    return () => watch.disconnect();
  }, []);
  return (
    <div ref={end} className="flex justify-center py-5">
      <Button busy={busy} onClick={onMore}>
        Show earlier entries
      </Button>
    </div>
  );
}
