/** Who watches a camera now, how well it arrives there, and a way to end it. */
import type { CameraViewer } from '../../../../src/api/contract/cameras.ts';
import { useEndViewer, useViewers } from '../../api/viewers.ts';
import { bitrate, duration, whole } from '../../format.ts';
import { useServerNow } from '../../api/now.ts';
import { IconButton } from '../button.tsx';

/** More than these are counted, not listed. */
const mostShown = 20;

export function Viewers({ cameraId }: { cameraId: string }) {
  const { data: viewers = [] } = useViewers(cameraId);
  const end = useEndViewer(cameraId);
  const now = useServerNow();
  if (viewers.length === 0) return <p className="text-muted">Asking …</p>;
  return (
    <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
      {viewers.slice(0, mostShown).map((viewer) => (
        <li key={`${viewer.source} ${viewer.id}`} className="flex items-start gap-2 py-2 pr-1 pl-3.5">
          <div className="min-w-0 grow">
            <p className="flex items-baseline gap-2">
              <span className="font-medium">{outputWords[viewer.output]}</span>
              <span className="text-muted ml-auto text-[13px] tabular-nums">
                {bitrate(viewer.bitrateBps)} · {duration(now - viewer.sinceMs)}
              </span>
            </p>
            <p className="text-muted truncate text-[13px]" title={viewer.client}>
              {[viewer.address, clientName(viewer.client)].filter(Boolean).join(' · ')}
            </p>
            <Quality viewer={viewer} />
          </div>
          <IconButton
            icon="close"
            label={`Disconnect ${viewer.address || 'this viewer'}`}
            disabled={!viewer.endable}
            onClick={() => end.mutate(viewer.id)}
            className="disabled:invisible"
          />
        </li>
      ))}
      {viewers.length > mostShown && (
        <li className="text-muted px-3.5 py-2">and {whole(viewers.length - mostShown)} more</li>
      )}
    </ul>
  );
}

const outputWords: Record<CameraViewer['output'], string> = {
  hls: 'HLS',
  live: 'Dashboard player',
  rtsp: 'RTSP',
  webrtc: 'WebRTC',
  mjpeg: 'Motion JPEG',
};

/** Only what its protocol told, and only what is worth a look. */
function Quality({ viewer }: { viewer: CameraViewer }) {
  const { network, unitsDropped, errors } = viewer;
  const parts: string[] = [];
  if (network.roundTripMs !== null) parts.push(`${Math.round(network.roundTripMs)} ms there and back`);
  if (network.lossRatio !== null) parts.push(`${(network.lossRatio * 100).toFixed(1)} % lost`);
  if (network.jitterMs !== null) parts.push(`${Math.round(network.jitterMs)} ms jitter`);
  if (network.estimatedBps !== null) parts.push(`${bitrate(network.estimatedBps)} possible`);
  const trouble: string[] = [];
  if (unitsDropped > 0) trouble.push(`${whole(unitsDropped)} frames left out, too slow`);
  if (errors > 0) trouble.push(`${whole(errors)} errors`);
  return (
    <>
      {parts.length > 0 && <p className="text-muted text-[12px] tabular-nums">{parts.join(' · ')}</p>}
      {trouble.length > 0 && <p className="text-warn text-[12px] tabular-nums">{trouble.join(' · ')}</p>}
    </>
  );
}

/** The name in front of the version: `VLC/3.0.21 LibVLC/3.0.21` is VLC; every browser begins with Mozilla. */
function clientName(client: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(client)?.[1];
  if (client.startsWith('Mozilla/') && browser) return browserNames[browser] ?? browser;
  return client.split(/[\s/]/)[0] ?? '';
}

const browserNames: Readonly<Record<string, string>> = { Edg: 'Edge', OPR: 'Opera' };
