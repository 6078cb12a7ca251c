/** Processor, memory, network and streams, over an hour or a day. */
import { Suspense, lazy, useState } from 'react';
import type { HealthHistory, SystemStatus } from '../../../../src/api/contract/system-health.ts';
import { useHealthHistory } from '../../api/system-health.ts';
import { bitrate, bytes } from '../../format.ts';
import { Fence } from '../fence.tsx';
import type { Line } from './lines-plot.tsx';

const Plot = lazy(() => import('./lines-plot.tsx'));

const hourMs = 3_600_000;
const leastShownMs = 5 * 60_000;
const spans = { hour: { label: '1 hour', ms: hourMs }, day: { label: '24 hours', ms: 24 * hourMs } } as const;
type Span = keyof typeof spans;

interface Chart {
  readonly title: string;
  readonly lines: (history: HealthHistory) => readonly Line[];
  readonly least: (status: SystemStatus) => number;
  readonly format: (value: number) => string;
}

const percent = (value: number) => `${Math.round(value * 100)} %`;

function chartsFor(cores: number): readonly Chart[] {
  return [
    {
      title: 'Processor',
      lines: ({ machineShare, processCores }) => [
        { name: 'Machine', colour: 'accent', values: machineShare },
        { name: 'Server', colour: 'warn', values: processCores.map((one) => one / cores) },
      ],
      least: () => 1,
      format: percent,
    },
    {
      title: 'Memory',
      lines: ({ machineUsedBytes, rssBytes }) => [
        { name: 'Machine', colour: 'accent', values: machineUsedBytes },
        { name: 'Server', colour: 'warn', values: rssBytes },
      ],
      least: ({ memory }) => memory.machineTotalBytes,
      format: (value) => (value === 0 ? '0' : bytes(value)),
    },
    {
      title: 'Network',
      lines: ({ inBps, outBps }) => [
        { name: 'From cameras', colour: 'accent', values: inBps },
        { name: 'To viewers', colour: 'warn', values: outBps },
      ],
      least: () => 1e6,
      format: (value) => (value === 0 ? '0' : bitrate(value).replace('bit/s', '')),
    },
    {
      title: 'Streams',
      lines: ({ live, viewers }) => [
        { name: 'Live', colour: 'accent', values: live },
        { name: 'Viewers', colour: 'warn', values: viewers },
      ],
      least: () => 4,
      format: (value) => (Number.isInteger(value) ? String(value) : ''),
    },
  ];
}

export function Plots({ status }: { status: SystemStatus }) {
  const [span, setSpan] = useState<Span>('hour');
  const history = useHealthHistory();
  const shown = history.data?.[span];
  return (
    <section>
      <div className="mb-2 flex items-center justify-between gap-3">
        <h2 className="font-semibold">Over time</h2>
        <div role="group" aria-label="Time shown" className="border-line flex rounded-lg border p-0.5">
          {(Object.keys(spans) as Span[]).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={span === one}
              onClick={() => setSpan(one)}
              className={`min-h-8 rounded-md px-3 text-[13px] pointer-coarse:min-h-[40px] ${span === one ? 'bg-raised font-semibold' : 'text-muted'}`}
            >
              {spans[one].label}
            </button>
          ))}
        </div>
      </div>
      <div className="grid gap-3 sm:grid-cols-2">
        {chartsFor(Math.max(1, status.cpu.coreShares.length)).map((chart) => (
          <ChartBox key={chart.title} chart={chart} history={shown} status={status} span={span} />
        ))}
      </div>
    </section>
  );
}

interface ChartBoxProps {
  chart: Chart;
  history: HealthHistory | undefined;
  status: SystemStatus;
  span: Span;
}

function ChartBox({ chart, history, status, span }: ChartBoxProps) {
  const lines = history && chart.lines(history);
  return (
    <section className="border-line bg-surface min-w-0 rounded-xl border px-3 pt-2.5 pb-1.5">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5">
        <h3 className="text-[13px] font-semibold">{chart.title}</h3>
        {lines?.map(({ name }, i) => (
          <p key={name} className="text-muted flex items-center gap-1.5 text-[12px]">
            <i
              aria-hidden="true"
              className={i === 0 ? 'bg-accent h-0.5 w-4' : 'border-warn w-4 border-t-2 border-dashed'}
            />
            {name}
          </p>
        ))}
      </div>
      <div className="h-[136px]">
        {!history || !lines || history.atMs.length < 2 ? (
          <p className="text-muted grid h-full place-items-center text-[13px]">{waitingWords(span)}</p>
        ) : (
          <Fence instead={<p className="text-muted">The chart cannot be drawn in this browser.</p>}>
            <Suspense fallback={null}>
              <Plot
                atMs={history.atMs}
                lines={lines}
                least={chart.least(status)}
                fromMs={firstShown(history, status.atMs - spans[span].ms)}
                toMs={status.atMs}
                format={chart.format}
              />
            </Suspense>
          </Fence>
        )}
      </div>
    </section>
  );
}

/** Of a server that runs for minutes, an hour would be empty but for its end. */
function firstShown({ atMs }: HealthHistory, fromMs: number): number {
  const [first = fromMs] = atMs;
  const last = atMs.at(-1) ?? first;
  return Math.max(fromMs, Math.min(first, last - leastShownMs));
}

function waitingWords(span: Span): string {
  return span === 'hour' ? 'Collecting figures…' : 'After two minutes there is something to see here.';
}
