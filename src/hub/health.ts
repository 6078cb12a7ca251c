/**
 * One word and plain reasons for how well a stream does.
 */
import type { StreamHealth, StreamState, StreamStats, TrackInfo } from './status.ts';

/** Players start and recover at keyframes; beyond this both become slow where no cache helps. */
const longGopSeconds = 4.5;
/** A share of lost packets that shows in the picture. */
const lossShare = 0.005;

/** What the rules look at. */
export interface HealthInput {
  readonly state: StreamState;
  readonly reason: string | null;
  readonly stats: Pick<
    StreamStats,
    'gopSeconds' | 'framesPerSecond' | 'unitsDropped' | 'damaged' | 'readers'
  >;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly tracks: readonly TrackInfo[];
}

export function judgeHealth(input: HealthInput): StreamHealth {
  if (input.state === 'offline' || input.state === 'error' || input.state === 'stalled') {
    return { level: 'bad', reasons: [input.reason ?? 'The camera sends nothing.'] };
  }
  const reasons = [loss(input), gop(input), drops(input), damage(input)].filter((text) => text !== null);
  return { level: reasons.length > 0 ? 'fair' : 'good', reasons };
}

function loss({ packetsReceived, packetsLost }: HealthInput): string | null {
  const all = packetsReceived + packetsLost;
  if (all === 0 || packetsLost / all < lossShare) return null;
  const percent = ((packetsLost / all) * 100).toFixed(1);
  return `${percent} % of the packets were lost on the way from the camera. Check the network, or use TCP.`;
}

function gop({ stats }: HealthInput): string | null {
  if (stats.gopSeconds === null || stats.gopSeconds <= longGopSeconds) return null;
  return `The camera sends a keyframe only every ${stats.gopSeconds.toFixed(1)} s. Set its keyframe interval to 2 s.`;
}

function drops({ stats }: HealthInput): string | null {
  if (stats.unitsDropped <= 100) return null;
  return `${stats.unitsDropped} frames were kept from viewers that were too slow.`;
}

function damage({ stats }: HealthInput): string | null {
  if (stats.damaged <= 10) return null;
  return `${stats.damaged} frames arrived damaged and were thrown away.`;
}
