/** What a test found: the live picture, the tracks, the figures, and advice. */
import type { ProbeResult, TrackInfo } from '../../../../src/api/contract/cameras.ts';
import { bitrate, frameRate, seconds } from '../../format.ts';
import { Facts } from '../facts.tsx';
import { Icon } from '../icons.tsx';
import { TrackList } from '../track-list.tsx';

export type ProbeSuccess = Extract<ProbeResult, { ok: true }>;

export function ProbeReport({ result }: { result: ProbeSuccess }) {
  return (
    <div className="grid items-start gap-4 sm:grid-cols-2">
      <sightline-player
        src={result.previewHls}
        label="Preview"
        muted
        fit="contain"
        className="border-line w-full rounded-xl border"
      />
      <div className="grid gap-4">
        <TrackList tracks={result.tracks} />
        <Facts
          facts={[
            [
              'Frame rate',
              result.framesPerSecond === null ? rateOf(result.tracks) : frameRate(result.framesPerSecond),
            ],
            ['Keyframe every', result.gopSeconds === null ? 'not seen yet' : seconds(result.gopSeconds)],
            ['Bitrate', bitrate(result.bitrateBps)],
            ['Transport', result.transport],
          ]}
        />
      </div>
      {result.advice.length > 0 && (
        <ul className="grid gap-2 sm:col-span-2">
          {result.advice.map((words) => (
            <li key={words} className="border-warn/40 bg-warn/8 flex gap-2.5 rounded-lg border px-3.5 py-2.5">
              <span className="text-warn mt-px">
                <Icon name="warn" size={17} />
              </span>
              {words}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function rateOf(tracks: readonly TrackInfo[]): string {
  const told = tracks.find((track) => track.kind === 'video')?.framesPerSecond;
  return told === null || told === undefined ? 'unknown' : frameRate(told);
}
