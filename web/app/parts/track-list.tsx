/** The tracks of a camera, and why one of them is not heard or seen. */
import type { TrackInfo } from '../../../src/api/contract/cameras.ts';
import { codecName } from '../../player/element.ts';
import { trackLine } from '../format.ts';

export function TrackList({ tracks }: { tracks: readonly TrackInfo[] }) {
  return (
    <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
      {tracks.map((track, place) => (
        // Tracks have no identity but their place.
        <li key={place} className="flex gap-4 px-3.5 py-2.5">
          <span className="text-muted w-11 shrink-0">{track.kind === 'video' ? 'Video' : 'Sound'}</span>
          <div className="min-w-0">
            <p className="font-medium tabular-nums">{trackLine(track, codecName(track.codec))}</p>
            {!track.playable && <p className="text-warn text-[13px]">{note(track)}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function note(track: TrackInfo): string {
  const fallback =
    track.kind === 'audio' ? 'Sound of this kind is not playable yet.' : 'Not playable in browsers yet.';
  return track.note ?? fallback;
}
