/** Exports, as the server knows them: how far they are, their files; they go on when the page is left. */
import { useState } from 'react';
import type { Export } from '../../../../src/api/contract/playback.ts';
import { useDeleteExport, useExports } from '../../api/timeline.ts';
import { bytes, duration } from '../../format.ts';
import { IconButton } from '../button.tsx';
import { Icon } from '../icons.tsx';
import { clockText, dayText } from './zone.ts';

export function ExportList({ cameraId, zone }: { cameraId: string; zone: string }) {
  const list = useExports();
  const shown = list.data?.filter((one) => one.cameraIds.includes(cameraId)) ?? [];
  const busy = shown.filter((one) => one.state === 'waiting' || one.state === 'running').length;
  const [known, setKnown] = useState<number>();
  const [open, setOpen] = useState(false);
  if (list.data && known !== shown.length) {
    setKnown(shown.length);
    // Whoever starts an export wants to see it, also when it is done at once.
    if (busy > 0 || (known !== undefined && known < shown.length)) setOpen(true);
  }
  if (shown.length === 0) return null;
  return (
    <details
      open={open}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      className="mt-2 text-[13px]"
    >
      <summary className="text-muted hover:text-text cursor-pointer text-[12px] select-none pointer-coarse:py-3">
        Exports: {shown.length}
        {busy > 0 ? `, ${busy} under way` : ''}
      </summary>
      <ul className="divide-line mt-1 max-h-60 divide-y overflow-y-auto">
        {shown.map((one) => (
          <Entry key={one.id} one={one} zone={zone} />
        ))}
      </ul>
    </details>
  );
}

function Entry({ one, zone }: { one: Export; zone: string }) {
  const remove = useDeleteExport();
  const name = `${dayText(one.startMs, zone)} ${clockText(one.startMs, zone, 'second')}`;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
      <span className="tabular-nums">
        {name} <span className="text-muted">· {duration(one.endMs - one.startMs)}</span>
      </span>
      <span className="flex grow flex-wrap items-center justify-end gap-2">
        <Progress one={one} name={name} />
        {one.state === 'done' &&
          one.files.map((file) => (
            <a
              key={file.name}
              href={file.url}
              download={file.name}
              className="text-accent inline-flex min-h-9 items-center gap-1.5 rounded-lg px-2 hover:underline pointer-coarse:min-h-[44px]"
            >
              <Icon name="download" size={15} />
              {file.name} <span className="text-muted">{bytes(file.bytes)}</span>
            </a>
          ))}
        <IconButton icon="bin" label={`Delete the export of ${name}`} onClick={() => remove.mutate(one.id)} />
      </span>
    </li>
  );
}

function Progress({ one, name }: { one: Export; name: string }) {
  if (one.state === 'failed') return <span className="text-bad">Failed: {one.fault}</span>;
  if (one.state === 'done') return null;
  return (
    <>
      <progress
        max={1}
        value={one.progress}
        aria-label={`Export of ${name}`}
        className="accent-accent h-1.5 w-28"
      />
      <span className="text-muted tabular-nums">
        {one.state === 'waiting' ? 'waiting' : `${Math.round(one.progress * 100)} %`}
      </span>
    </>
  );
}
