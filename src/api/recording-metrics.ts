/**
 * Numbers of recording for Prometheus: where frames went, what is missing, by camera up to a limit.
 */
import type { Registry } from '@prometheus-io/client';
import { Counter, Gauge } from '@prometheus-io/client';
import type { RecordingReport, Recordings } from '../recording/recordings.ts';
import { gapCauseSchema } from './contract/recording.ts';

export type RecordingNumbers = Pick<Recordings, 'reports' | 'gapCounts'>;

/** With labels of their own; all others are one called `other`. */
const maxLabelledCameras = 200;

type Metric = readonly [name: string, help: string, read: (report: RecordingReport) => number];

const totals: readonly Metric[] = [
  ['frames_received_total', 'Pictures that came while wanted', ({ account }) => account.framesReceived],
  ['frames_stored_total', 'Pictures on the disk, synced', ({ account }) => account.framesStored],
  ['frames_lost_total', 'Pictures that the disk failed', ({ account }) => account.framesLost],
  ['units_dropped_total', 'Pictures and sound left out for a slow disk', (report) => report.droppedUnits],
  ['bytes_stored_total', 'Bytes of media on the disk', ({ account }) => account.bytesStored],
  ['packets_lost_total', 'Packets lost from the camera while wanted', ({ account }) => account.packetsLost],
  ['wanted_seconds_total', 'Time in which a recording was wanted', ({ account }) => account.wantedMs / 1000],
  ['recorded_seconds_total', 'Length of what is on the disk', ({ account }) => account.recordedMs / 1000],
];

const states = ['off', 'waiting', 'recording', 'failing'] as const;

export function addRecordingMetrics(registry: Registry, recordings: RecordingNumbers): void {
  for (const metric of totals) addTotal(registry, recordings, metric);
  addPending(registry, recordings);
  addStates(registry, recordings);
  addGaps(registry, recordings);
}

function addTotal(registry: Registry, recordings: RecordingNumbers, [name, help, read]: Metric): void {
  const counter = new Counter({
    name: `sightline_recording_${name}`,
    help,
    labelNames: ['camera'] as const,
    registers: [],
    collect() {
      this.reset();
      for (const [camera, value] of perCamera(recordings, read)) this.inc({ camera }, value);
    },
  });
  registry.registerMetric(counter);
}

function addPending(registry: Registry, recordings: RecordingNumbers): void {
  const gauge = new Gauge({
    name: 'sightline_recording_pending_bytes',
    help: 'Bytes of media that wait for the disk',
    labelNames: ['camera'] as const,
    registers: [],
    collect() {
      this.reset();
      for (const [camera, value] of perCamera(recordings, ({ pendingBytes }) => pendingBytes))
        this.set({ camera }, value);
    },
  });
  registry.registerMetric(gauge);
}

function addStates(registry: Registry, recordings: RecordingNumbers): void {
  const gauge = new Gauge({
    name: 'sightline_recordings',
    help: 'Cameras by the state of their recording',
    labelNames: ['state'] as const,
    registers: [],
    collect() {
      for (const state of states) this.set({ state }, 0);
      for (const [, { state }] of recordings.reports()) this.inc({ state });
    },
  });
  registry.registerMetric(gauge);
}

function addGaps(registry: Registry, recordings: RecordingNumbers): void {
  const counter = new Counter({
    name: 'sightline_recording_gaps_total',
    help: 'Intervals in which a wanted recording was missing or poor, by cause, since the start',
    labelNames: ['cause'] as const,
    registers: [],
    collect() {
      this.reset();
      for (const cause of gapCauseSchema.options) this.inc({ cause }, recordings.gapCounts.get(cause) ?? 0);
    },
  });
  registry.registerMetric(counter);
}

function perCamera(recordings: RecordingNumbers, read: Metric[2]): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [id, report] of recordings.reports()) {
    const camera = values.size < maxLabelledCameras || values.has(id) ? id : 'other';
    values.set(camera, (values.get(camera) ?? 0) + read(report));
  }
  return values;
}
