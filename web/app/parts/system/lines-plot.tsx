/** Draws one or two lines over time with uPlot, in the colours of the theme. */
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  readonly name: string;
  /** Of the theme, without the dashes. */
  readonly colour: 'accent' | 'warn' | 'event' | 'good';
  readonly values: readonly number[];
}

export interface PlotProps {
  readonly atMs: readonly number[];
  readonly lines: readonly Line[];
  /** The scale reaches at least so far. */
  readonly least: number;
  /** Shown from then on. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly format: (value: number) => string;
}

const heightPixels = 132;
const axisPixels = 52;

export default function Plot(props: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const now = useRef(props);

  useEffect(() => {
    now.current = props;
    plot.current?.setData(columns(props));
  });

  useEffect(() => {
    const host = box.current;
    if (!host) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new UPlot(options(host, now), columns(now.current), host);
    };
    draw();
    const sizes = new ResizeObserver(() => {
      plot.current?.setSize({ width: host.clientWidth, height: heightPixels });
    });
    sizes.observe(host);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: light)');
    system.addEventListener('change', draw);
    return () => {
      sizes.disconnect();
      theme.disconnect();
      system.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);

  return <div ref={box} role="img" aria-label={summary(props)} />;
}

function columns({ atMs, lines }: PlotProps): UPlot.AlignedData {
  return [atMs.map((ms) => ms / 1000), ...lines.map(({ values }) => [...values])];
}

function options(host: HTMLElement, now: { readonly current: PlotProps }): UPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis: UPlot.Axis = {
    stroke: colour('muted'),
    font: `11px ${getComputedStyle(host).fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: host.clientWidth,
    height: heightPixels,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 18, 0, 0],
    scales: {
      x: { range: () => [now.current.fromMs / 1000, now.current.toMs / 1000] },
      y: { range: (_plot, _low, high) => [0, Math.max(now.current.least, (high || 0) * 1.2)] },
    },
    axes: [
      { ...axis, size: 24, grid: { show: false }, space: 70, values: (_plot, times) => times.map(clock) },
      {
        ...axis,
        size: axisPixels,
        space: 34,
        values: (_plot, all) => all.map((one) => now.current.format(one)),
      },
    ],
    series: [
      {},
      ...now.current.lines.map(({ colour: name }, i) => ({
        stroke: colour(name),
        ...(i === 0 && { fill: `color-mix(in srgb, ${colour(name)} 12%, transparent)` }),
        width: i === 0 ? 2 : 1.5,
        ...(i > 0 && { dash: [5, 4] }),
        points: { show: false },
      })),
    ],
  };
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

function summary({ lines, format }: PlotProps): string {
  const now = lines.flatMap(({ name, values }) => {
    const last = values.at(-1);
    return last === undefined ? [] : [`${name} ${format(last)}`];
  });
  return now.length > 0 ? `Now: ${now.join(', ')}` : 'No figures yet';
}
