/** Bitrate and frame rate over the last minutes. The chart library is loaded when there is something to draw. */
import { Suspense, lazy } from 'react';
import { useHistory } from '../../api/history.ts';
import { Fence } from '../fence.tsx';

const Plot = lazy(() => import('./plot.tsx'));

export function RateChart({ cameraId }: { cameraId: string }) {
  const samples = useHistory(cameraId);
  return (
    <section className="border-line bg-surface rounded-xl border px-4 pt-3 pb-2">
      <div className="flex flex-wrap items-baseline gap-x-5 gap-y-1">
        <h2 className="text-[13px] font-semibold">Last minutes</h2>
        <p className="text-muted flex items-center gap-2 text-[12px]">
          <i aria-hidden="true" className="bg-accent h-0.5 w-4" /> Bitrate, Mbit/s
        </p>
        <p className="text-muted flex items-center gap-2 text-[12px]">
          <i aria-hidden="true" className="border-warn w-4 border-t-2 border-dashed" /> Frame rate, fps
        </p>
      </div>
      <div className="h-40">
        {samples.length < 2 ? (
          <p className="text-muted grid h-full place-items-center">Collecting figures…</p>
        ) : (
          <Fence instead={<Unseen />}>
            <Suspense fallback={null}>
              <Plot samples={samples} />
            </Suspense>
          </Fence>
        )}
      </div>
    </section>
  );
}

function Unseen() {
  return (
    <p className="text-muted grid h-full place-items-center">The chart cannot be drawn in this browser.</p>
  );
}
