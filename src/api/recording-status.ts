/**
 * What the recorder says of a camera, as the API shows it.
 */
import type { RecordingReport } from '../recording/recordings.ts';
import type { RecordingStatus } from './contract/recording.ts';

export function recordingStatus(report: RecordingReport): RecordingStatus {
  const { policy, state, reason, sinceMs, untilMs, trigger, account, droppedUnits, pendingBytes } = report;
  return {
    policy: {
      ...policy,
      schedule: policy.schedule.map((window) => ({ ...window, days: [...window.days] })),
    },
    state,
    reason,
    sinceMs,
    untilMs,
    trigger,
    counters: {
      framesReceived: account.framesReceived,
      framesStored: account.framesStored,
      framesDropped: droppedUnits,
      framesLost: account.framesLost,
      packetsLost: account.packetsLost,
      bytesStored: account.bytesStored,
      pendingBytes,
      secondsWanted: account.wantedMs / 1000,
      secondsRecorded: account.recordedMs / 1000,
    },
  };
}
