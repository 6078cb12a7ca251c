/** The column beside the picture: health, figures, tracks, address. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Camera, StreamStatus } from '../../../../src/api/contract/cameras.ts';
import { clockTime } from '../../../player/element.ts';
import { useServerNow } from '../../api/now.ts';
import { bitrate, bytes, duration, frameRate, seconds, whole } from '../../format.ts';
import { Facts } from '../facts.tsx';
import type { Fact } from '../facts.tsx';
import { Icon } from '../icons.tsx';
import { useMayDo } from '../session/use-may-do.ts';
import { Shape } from '../state-chip.tsx';
import type { Tone } from '../state-chip.tsx';
import { TrackList } from '../track-list.tsx';
import { Viewers } from './viewers.tsx';

export function CameraDetails({ camera }: { camera: Camera }) {
  const now = useServerNow();
  const { status } = camera;
  const may = useMayDo(camera.id);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-6">
      <Section title="Health">
        <Health status={status} now={now} />
      </Section>
      <Section title="Statistics">
        <Facts facts={facts(status)} />
        <LastError status={status} now={now} />
      </Section>
      {status.stats.viewers > 0 && may.viewers && (
        <Section title="Watching now">
          <Viewers cameraId={camera.id} />
        </Section>
      )}
      {status.tracks.length > 0 && (
        <Section title="Tracks">
          <TrackList tracks={status.tracks} />
        </Section>
      )}
      <Section title="Watch elsewhere">
        <Link
          to="/cameras/$cameraId/watch"
          params={{ cameraId: camera.id }}
          className="border-line bg-surface hover:border-line-strong flex min-h-[44px] items-center gap-3 rounded-xl border px-3.5 py-2.5"
        >
          <span className="grow">
            <span className="block font-medium">Addresses and commands</span>
            <span className="text-muted block text-[13px]">VLC, FFmpeg, Home Assistant, your own page …</span>
          </span>
          <Icon name="next" />
        </Link>
      </Section>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="text-muted mb-2 text-[13px] font-semibold">{title}</h2>
      {children}
    </section>
  );
}

const levels: Record<StreamStatus['health']['level'], readonly [Tone, string]> = {
  good: ['good', 'Good'],
  fair: ['warn', 'Fair'],
  bad: ['bad', 'Poor'],
};

function Health({ status, now }: { status: StreamStatus; now: number }) {
  const { health, state } = status;
  const [tone, word] = levels[health.level];
  const resting = state === 'idle' || state === 'disabled';
  const reasons = [status.reason, ...health.reasons].filter((text) => text !== null);
  return (
    <div className="border-line bg-surface rounded-xl border px-3.5 py-3">
      <p className="flex items-center gap-2.5">
        <Shape tone={resting ? 'quiet' : tone} />
        <b className="font-semibold">{resting ? 'Not connected' : word}</b>
        <span className="text-muted ml-auto text-[13px] tabular-nums">
          since {clockTime(status.sinceMs, now)} · {duration(now - status.sinceMs)}
        </span>
      </p>
      {[...new Set(reasons)].map((reason) => (
        <p key={reason} className="text-muted mt-1.5 break-words">
          {reason}
        </p>
      ))}
      {status.nextTryMs !== null && (
        <p className="text-muted mt-1.5 tabular-nums">Next try {inSeconds(status.nextTryMs - now)}</p>
      )}
    </div>
  );
}

function inSeconds(milliseconds: number): string {
  return milliseconds <= 500 ? 'now' : `in ${duration(milliseconds)}`;
}

function facts({ stats, transport }: StreamStatus): Fact[] {
  return [
    ['Bitrate', bitrate(stats.bitrateBps)],
    ['Frame rate', frameRate(stats.framesPerSecond)],
    ['Keyframe every', stats.gopSeconds === null ? '–' : seconds(stats.gopSeconds)],
    ['Last keyframe', stats.keyframeAgeMs === null ? '–' : `${seconds(stats.keyframeAgeMs / 1000)} ago`],
    ['Watching', whole(stats.viewers)],
    ['Readers', whole(stats.readers)],
    ['Packets lost', whole(stats.packetsLost), toneOf(stats.packetsLost)],
    ['Damaged', whole(stats.damaged), toneOf(stats.damaged)],
    ['Dropped for slow readers', whole(stats.unitsDropped), toneOf(stats.unitsDropped)],
    ['Reconnects', whole(stats.reconnects)],
    ['Received', bytes(stats.bytesReceived)],
    ['Transport', transport ?? '–'],
  ];
}

const toneOf = (count: number) => (count === 0 ? 'plain' : 'warn');

function LastError({ status, now }: { status: StreamStatus; now: number }) {
  const { lastError, lastErrorMs } = status.stats;
  if (lastError === null) return null;
  return (
    <p className="text-muted mt-2.5 text-[13px] break-words">
      Last error{lastErrorMs === null ? '' : ` at ${clockTime(lastErrorMs, now)}`}: {lastError}
    </p>
  );
}
