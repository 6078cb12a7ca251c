/**
 * Sums over all streams, and the numbers of a look that are kept.
 */
import type { CameraService } from '../../api/camera-service.ts';
import type { SystemStatus } from '../../api/contract/system-health.ts';
import { outputs } from '../../hub/viewers.ts';
import type { Recordings } from '../../recording/recordings.ts';
import type { HealthSample } from './ring.ts';

interface StreamSources {
  readonly cameras: Pick<CameraService, 'ids' | 'status' | 'subStatus'>;
  readonly recordings: Pick<Recordings, 'reports'>;
}

export function streamNumbers(
  { cameras, recordings }: StreamSources,
  outBps: number,
): SystemStatus['streams'] {
  const sums = {
    total: 0,
    live: 0,
    stalled: 0,
    offline: 0,
    inBps: 0,
    outBps,
    viewers: 0,
    unitsDropped: 0,
    viewersByOutput: { hls: 0, live: 0, rtsp: 0, webrtc: 0, mjpeg: 0 },
    recording: 0,
    failing: 0,
    backlogBytes: 0,
  };
  for (const id of cameras.ids()) {
    for (const status of [cameras.status(id), cameras.subStatus(id)]) {
      if (!status || status.state === 'disabled') continue;
      const { state, stats } = status;
      sums.total += 1;
      if (state === 'live') sums.live += 1;
      if (state === 'stalled') sums.stalled += 1;
      if (state === 'offline' || state === 'error') sums.offline += 1;
      sums.inBps += stats.bitrateBps;
      sums.viewers += stats.viewers;
      sums.unitsDropped += stats.unitsDropped;
      for (const output of outputs) sums.viewersByOutput[output] += stats.viewersByOutput[output];
    }
  }
  for (const [, { state, pendingBytes }] of recordings.reports()) {
    if (state === 'recording') sums.recording += 1;
    if (state === 'failing') sums.failing += 1;
    sums.backlogBytes += pendingBytes;
  }
  return sums;
}

export function sampleOf(
  now: Pick<SystemStatus, 'atMs' | 'cpu' | 'memory' | 'eventLoop' | 'streams'>,
): HealthSample {
  const { atMs, cpu, memory, eventLoop, streams } = now;
  return {
    atMs,
    processCores: cpu.processCores,
    machineShare: cpu.machineShare,
    rssBytes: memory.rssBytes,
    machineUsedBytes: memory.machineTotalBytes - memory.machineFreeBytes,
    eventLoopP99Ms: eventLoop.p99Ms,
    inBps: streams.inBps,
    outBps: streams.outBps,
    live: streams.live,
    viewers: streams.viewers,
  };
}
