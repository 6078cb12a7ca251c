/** Draws samples with uPlot, in the colours of the theme. */
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Sample } from '../../api/history.ts';

const heightPixels = 156;
const timeSteps = [1, 5, 10, 15, 30, 60, 120, 300];
/** Sides count clockwise from the top. */
// oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enum exists in the types only
const rightSide = 1 as UPlot.Axis.Side;

export default function Plot({ samples }: { samples: readonly Sample[] }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);

  useEffect(() => {
    const host = box.current;
    if (!host) return undefined;
    const draw = () => {
      const data = plot.current?.data ?? columns([]);
      plot.current?.destroy();
      plot.current = new UPlot(options(host), data, host);
    };
    draw();
    const sizes = new ResizeObserver(() => {
      plot.current?.setSize({ width: host.clientWidth, height: heightPixels });
    });
    sizes.observe(host);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      sizes.disconnect();
      theme.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);

  // After the effect above: the plot exists.
  useEffect(() => plot.current?.setData(columns(samples)), [samples]);

  return <div ref={box} role="img" aria-label={summary(samples)} />;
}

function columns(samples: readonly Sample[]): UPlot.AlignedData {
  return [
    samples.map((sample) => sample.atMs / 1000),
    samples.map((sample) => sample.bitrateBps / 1e6),
    samples.map((sample) => sample.framesPerSecond),
  ];
}

function options(host: HTMLElement): UPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: UPlot.Axis = {
    stroke: colour('--muted'),
    font: `11px ${getComputedStyle(host).fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: host.clientWidth,
    height: heightPixels,
    legend: { show: false },
    cursor: { show: false },
    padding: [10, 4, 0, 0],
    scales: { bitrate: { range: headroom(1.25) }, rate: { range: headroom(1.8) } },
    axes: [
      {
        ...axis,
        size: 26,
        grid: { show: false },
        incrs: timeSteps,
        space: 90,
        values: (_plot, times) => times.map(clock),
      },
      { ...axis, scale: 'bitrate', size: 38 },
      { ...axis, scale: 'rate', side: rightSide, size: 34, grid: { show: false } },
    ],
    series: [
      {},
      {
        scale: 'bitrate',
        stroke: colour('--accent'),
        fill: `color-mix(in srgb, ${colour('--accent')} 12%, transparent)`,
        width: 2,
        points: { show: false },
      },
      { scale: 'rate', stroke: colour('--warn'), width: 1.5, dash: [5, 4], points: { show: false } },
    ],
  };
}

/** From zero, and with air above: a steady rate is a calm line, and the two lines keep apart. */
function headroom(factor: number): UPlot.Scale.Range {
  return (_plot, _low, high) => [0, Math.max(1, high * factor)];
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB');
}

function summary(samples: readonly Sample[]): string {
  const last = samples.at(-1);
  if (!last) return 'No figures yet';
  return `Now ${(last.bitrateBps / 1e6).toFixed(1)} Mbit/s and ${Math.round(last.framesPerSecond)} frames per second`;
}
