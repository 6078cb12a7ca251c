/**
 * One word and plain reasons for how well a stream does.
 */
import type { HealthRules } from './options.ts';
import type { TroubleCounters } from './recent-trouble.ts';
import type { StreamHealth, StreamState } from './status.ts';

/** Players start and recover at keyframes; beyond this both become slow where no cache helps. */
const longGopSeconds = 4.5;
/** A share of lost packets that shows in the picture. */
const lossShare = 0.005;

/** What the rules look at. */
export interface HealthInput {
  readonly state: StreamState;
  readonly reason: string | null;
  /** Attached outputs. */
  readonly readers: number;
  /** People, over all outputs. */
  readonly viewers: number;
  readonly gopSeconds: number | null;
  /** Of the last minute. */
  readonly recent: TroubleCounters;
}

export function judgeHealth(input: HealthInput, rules: HealthRules): StreamHealth {
  const { state, recent } = input;
  if (state === 'offline' || state === 'error') return { level: 'bad', reasons: [away(input)] };
  if (state === 'stalled') return stalled(input, rules);
  const reasons = [loss(recent), gop(input), drops(recent, rules), errors(recent, rules)].filter(
    (text) => text !== null,
  );
  return { level: reasons.length > 0 ? 'fair' : 'good', reasons };
}

function away({ reason }: HealthInput): string {
  return reason ?? 'The camera sends nothing.';
}

function stalled(input: HealthInput, { stalledWithReaders }: HealthRules): StreamHealth {
  const { readers, viewers } = input;
  if (readers + viewers === 0) return { level: 'fair', reasons: [away(input)] };
  const watching = viewers > 0 ? `${viewers} ${viewers === 1 ? 'viewer waits' : 'viewers wait'} for it.` : '';
  return { level: stalledWithReaders ? 'bad' : 'fair', reasons: [`${away(input)} ${watching}`.trim()] };
}

function loss({ packetsReceived, packetsLost }: TroubleCounters): string | null {
  const all = packetsReceived + packetsLost;
  if (all === 0 || packetsLost / all < lossShare) return null;
  const percent = ((packetsLost / all) * 100).toFixed(1);
  return `${percent} % of the packets were lost on the way from the camera. Check the network, or use TCP.`;
}

function gop({ gopSeconds }: HealthInput): string | null {
  if (gopSeconds === null || gopSeconds <= longGopSeconds) return null;
  return `The camera sends a keyframe only every ${gopSeconds.toFixed(1)} s. Set its keyframe interval to 2 s.`;
}

function drops({ unitsDropped }: TroubleCounters, { maxDrops }: HealthRules): string | null {
  if (unitsDropped <= maxDrops) return null;
  return `${unitsDropped} frames were kept from viewers that were too slow.`;
}

function errors(recent: TroubleCounters, { maxErrors }: HealthRules): string | null {
  const all = errorsOf(recent);
  if (all <= maxErrors) return null;
  const parts = [
    recent.damaged > 0 && `${recent.damaged} frames arrived damaged and were thrown away`,
    recent.reconnects > 0 && `the connection to the camera was lost ${recent.reconnects} times`,
    recent.viewerErrors > 0 && `${recent.viewerErrors} answers to viewers failed`,
  ].filter((part) => part !== false);
  return `${all} errors within a minute: ${parts.join(', ')}.`;
}

/** All that counts as an error. */
export function errorsOf({ damaged, reconnects, viewerErrors }: TroubleCounters): number {
  return damaged + reconnects + viewerErrors;
}
