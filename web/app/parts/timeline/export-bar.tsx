/** What would be exported: from when to when, how long, how large; and the button that starts it. */
import { useEffect, useState } from 'react';
import type { Export } from '../../../../src/api/contract/playback.ts';
import { faultText } from '../../api/http.ts';
import { useExportEstimate, useStartExport } from '../../api/timeline.ts';
import { bytes, duration } from '../../format.ts';
import { Button, IconButton } from '../button.tsx';
import type { End, Marks } from './marks.ts';
import { clockText, dayText } from './zone.ts';

/** A handle that moves asks nothing. */
const restMs = 250;

interface ExportBarProps {
  cameraId: string;
  marks: Marks;
  zone: string;
  onMark: (end: End) => void;
  onClose: () => void;
  onStarted: () => void;
}

export function ExportBar({ cameraId, marks, zone, onMark, onClose, onStarted }: ExportBarProps) {
  const [cut, setCut] = useState<Export['cut']>('exact');
  const settled = useSettled(marks);
  const times = { startMs: Math.round(settled.startMs), endMs: Math.round(settled.endMs) };
  const request = { cameraIds: [cameraId], ...times, cut };
  const estimate = useExportEstimate(request);
  const start = useStartExport();
  const empty = estimate.data !== undefined && estimate.data.recordedMs === 0;
  return (
    <section
      aria-label="Export"
      className="border-warn/60 bg-canvas mt-1.5 grid basis-full gap-2 rounded-lg border px-3 py-2 text-[13px]"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <p className="tabular-nums">
          <b className="font-semibold">
            {dayText(marks.startMs, zone)} {clockText(marks.startMs, zone, 'second')} –{' '}
            {clockText(marks.endMs, zone, 'second')}
          </b>{' '}
          <span className="text-muted">
            {duration(marks.endMs - marks.startMs)} · {sizeText(estimate.data, estimate.isError)}
          </span>
        </p>
        <div className="flex grow flex-wrap items-center justify-end gap-2">
          <Button onClick={() => onMark('start')} className="!px-2.5" title="Key: [">
            Start here
          </Button>
          <Button onClick={() => onMark('end')} className="!px-2.5" title="Key: ]">
            End here
          </Button>
          <label className="flex min-h-9 items-center gap-2 pointer-coarse:min-h-[44px]">
            <input
              type="checkbox"
              checked={cut === 'exact'}
              onChange={(event) => setCut(event.target.checked ? 'exact' : 'keyframe')}
              className="accent-accent size-4"
            />
            Exact start
          </label>
          <Button
            look="primary"
            icon="download"
            busy={start.isPending}
            disabled={empty}
            onClick={() => start.mutate(request, { onSuccess: onStarted })}
          >
            Start export
          </Button>
          <IconButton icon="close" label="Do not export" onClick={onClose} />
        </div>
      </div>
      {start.isError && (
        <p role="alert" className="text-bad">
          {faultText(start.error)}
        </p>
      )}
    </section>
  );
}

interface Estimate {
  readonly bytes: number;
  readonly recordedMs: number;
  readonly gaps: number;
}

function sizeText(estimate: Estimate | undefined, failed: boolean): string {
  if (failed) return 'size unknown';
  if (!estimate) return 'reading its size …';
  if (estimate.recordedMs === 0) return 'nothing was recorded here';
  const gaps = estimate.gaps === 0 ? '' : `, ${estimate.gaps} ${estimate.gaps === 1 ? 'gap' : 'gaps'}`;
  return `about ${bytes(estimate.bytes)}, ${duration(estimate.recordedMs)} recorded${gaps}`;
}

function useSettled(marks: Marks): Marks {
  const [settled, setSettled] = useState(marks);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(marks), restMs);
    return () => window.clearTimeout(timer);
  }, [marks]);
  return settled;
}
