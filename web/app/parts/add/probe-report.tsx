/** What a test found: the live picture, the tracks, the figures, and advice. */
import type { ProbeResult, TrackInfo } from '../../../../src/api/contract/cameras.ts';
import { codecName } from '../../../player/element.ts';
import { bitrate, frameRate, pictureSize, seconds } from '../../format.ts';
import { Facts } from '../facts.tsx';
import { Icon } from '../icons.tsx';
import { TrackList } from '../track-list.tsx';
import type { Finding } from './findings.ts';

export type ProbeSuccess = Extract<ProbeResult, { ok: true }>;

interface ReportProps {
  result: ProbeSuccess;
  /** Of the small picture, when it was tested. */
  subResult?: ProbeSuccess | undefined;
  findings: readonly Finding[];
}

export function ProbeReport({ result, subResult, findings }: ReportProps) {
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
            ...(subResult ? [['Small picture', smallWords(subResult)] as const] : []),
          ]}
        />
      </div>
      {findings.length > 0 && (
        <ul aria-label="Findings" className="grid gap-2 sm:col-span-2">
          {findings.map((finding) => (
            <FindingLine key={finding.words} finding={finding} />
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

const looks = {
  warn: { box: 'border-warn/40 bg-warn/8', sign: 'text-warn', icon: 'warn' },
  note: { box: 'border-line bg-raised', sign: 'text-muted', icon: 'bell' },
} as const;

function FindingLine({ finding }: { finding: Finding }) {
  const { box, sign, icon } = looks[finding.tone];
  return (
    <li className={`${box} flex gap-2.5 rounded-lg border px-3.5 py-2.5`}>
      <span className={`${sign} mt-px`}>
        <Icon name={icon} size={17} />
      </span>
      {finding.words}
    </li>
  );
}

/** One line: what matters of a tile. */
function smallWords({ tracks, bitrateBps }: ProbeSuccess): string {
  const video = tracks.find(({ kind }) => kind === 'video');
  const size = video?.width && video.height ? pictureSize(video.width, video.height) : undefined;
  return [video && codecName(video.codec), size, bitrate(bitrateBps)].filter(Boolean).join(' · ');
}
