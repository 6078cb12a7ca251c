/**
 * One word and plain reasons for how well a stream does.
 */
import type { TroubleCounters } from './recent-trouble.ts';
import type { StreamHealth, StreamState } from './status.ts';

/** Players start and recover at keyframes; beyond this both become slow where no cache helps. */
const longGopSeconds = 4.5;
/** A share of lost packets that shows in the picture. */
const lossShare = 0.005;
/** Within a minute; fewer are a hiccup that nobody can do anything about. */
const manyDropped = 50;
const manyDamaged = 10;

/** What the rules look at. */
export interface HealthInput {
  readonly state: StreamState;
  readonly reason: string | null;
  readonly gopSeconds: number | null;
  /** Of the last minute. */
  readonly recent: TroubleCounters;
}

export function judgeHealth(input: HealthInput): StreamHealth {
  if (input.state === 'offline' || input.state === 'error' || input.state === 'stalled') {
    return { level: 'bad', reasons: [input.reason ?? 'The camera sends nothing.'] };
  }
  const reasons = [loss(input), gop(input), drops(input), damage(input)].filter((text) => text !== null);
  return { level: reasons.length > 0 ? 'fair' : 'good', reasons };
}

function loss({ recent: { packetsReceived, packetsLost } }: HealthInput): string | null {
  const all = packetsReceived + packetsLost;
  if (all === 0 || packetsLost / all < lossShare) return null;
  const percent = ((packetsLost / all) * 100).toFixed(1);
  return `${percent} % of the packets were lost on the way from the camera. Check the network, or use TCP.`;
}

function gop({ gopSeconds }: HealthInput): string | null {
  if (gopSeconds === null || gopSeconds <= longGopSeconds) return null;
  return `The camera sends a keyframe only every ${gopSeconds.toFixed(1)} s. Set its keyframe interval to 2 s.`;
}

function drops({ recent: { unitsDropped } }: HealthInput): string | null {
  if (unitsDropped <= manyDropped) return null;
  return `${unitsDropped} frames were kept from viewers that were too slow.`;
}

function damage({ recent: { damaged } }: HealthInput): string | null {
  if (damaged <= manyDamaged) return null;
  return `${damaged} frames arrived damaged and were thrown away.`;
}
