/**
 * Numbers for Prometheus. Labels are bounded: streams up to a limit, beyond it one of them called `other`; viewers by
 * output only.
 */
import { Counter, Gauge, Registry, collectDefaultMetrics } from '@prometheus-io/client';
import type { Hub } from '../hub/hub.ts';
import type { ViewerSums } from '../hub/viewers.ts';
import { outputs } from '../hub/viewers.ts';
import type { CameraState, StreamStatus } from './contract/cameras.ts';
import { cameraStateSchema } from './contract/cameras.ts';
import type { RecordingNumbers } from './recording-metrics.ts';
import { addRecordingMetrics } from './recording-metrics.ts';
import type { Statuses } from './status-events.ts';

/** With labels of their own; each costs two dozen lines at every scrape. */
const maxLabelledStreams = 200;

type HlsKind = 'playlist' | 'init' | 'part' | 'segment' | 'other';

export class Metrics {
  readonly #registry = new Registry();
  readonly #hlsRequests: Counter<'kind' | 'status'>;

  /** @param totals over all streams there are and were. */
  constructor(statuses: Statuses, totals: Pick<Hub, 'viewerSums'>, recordings: RecordingNumbers) {
    collectDefaultMetrics({ register: this.#registry });
    this.#hlsRequests = new Counter({
      name: 'sightline_hls_requests_total',
      help: 'HLS answers by kind of file and HTTP status',
      labelNames: ['kind', 'status'],
      registers: [this.#registry],
    });
    addStateGauge(this.#registry, statuses);
    addViewerGauge(this.#registry, statuses);
    for (const metric of viewerMetrics) addViewerCounter(metric, this.#registry, totals);
    for (const metric of streamMetrics) addStreamMetric(metric, this.#registry, statuses);
    addRecordingMetrics(this.#registry, recordings);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** One HLS answer. @param file as requested; only its kind is kept. */
  hlsAnswered(file: string, status: number): void {
    this.#hlsRequests.inc({ kind: hlsKind(file), status: String(status) });
  }
}

interface StreamMetric {
  readonly name: string;
  readonly help: string;
  readonly kind: 'now' | 'total' | 'level';
  readonly read: (status: StreamStatus) => number;
}

const healthLevels = ['good', 'fair', 'bad'] as const;

const streamMetrics: readonly StreamMetric[] = [
  {
    name: 'health',
    help: '0 good, 1 fair, 2 bad',
    kind: 'level',
    read: ({ health }) => healthLevels.indexOf(health.level),
  },
  now('bitrate_bits_per_second', 'Received now', (stats) => stats.bitrateBps),
  now('frames_per_second', 'Pictures received now', (stats) => stats.framesPerSecond),
  now('readers', 'Attached outputs', (stats) => stats.readers),
  now('viewers', 'People watching', (stats) => stats.viewers),
  now('uptime_seconds', 'How long media has flowed on this connection', (stats) => stats.uptimeSeconds ?? 0),
  total('received_bytes_total', 'Bytes from the camera', (stats) => stats.bytesReceived),
  total('sent_bytes_total', 'Bytes to viewers', (stats) => stats.bytesSent),
  total('units_total', 'Pictures and audio frames', (stats) => stats.unitsReceived),
  total('dropped_units_total', 'Units kept from slow readers', (stats) => stats.unitsDropped),
  total('lost_packets_total', 'Packets lost on the way', (stats) => stats.packetsLost),
  total('damaged_total', 'Damaged packets and frames', (stats) => stats.damaged),
  total('reconnects_total', 'Connections after the first', (stats) => stats.reconnects),
  total(
    'errors_total',
    'Damaged frames, lost connections and failed answers to viewers',
    (stats) => stats.errors,
  ),
];

function now(name: string, help: string, read: (stats: StreamStatus['stats']) => number): StreamMetric {
  return { name, help, kind: 'now', read: ({ stats }) => read(stats) };
}

function total(name: string, help: string, read: (stats: StreamStatus['stats']) => number): StreamMetric {
  return { name, help, kind: 'total', read: ({ stats }) => read(stats) };
}

function addStreamMetric(metric: StreamMetric, registry: Registry, statuses: Statuses): void {
  // Registered by hand below, so that nothing is added to the library's global registry.
  const settings = {
    name: `sightline_stream_${metric.name}`,
    help: metric.help,
    labelNames: ['camera', 'source'] as const,
    registers: [],
  };
  const counter = (): Counter<'camera' | 'source'> =>
    new Counter({
      ...settings,
      collect() {
        this.reset();
        for (const { value, ...labels } of perStream(statuses, metric)) this.inc(labels, value);
      },
    });
  const gauge = (): Gauge<'camera' | 'source'> =>
    new Gauge({
      ...settings,
      collect() {
        this.reset();
        for (const { value, ...labels } of perStream(statuses, metric)) this.set(labels, value);
      },
    });
  registry.registerMetric(metric.kind === 'total' ? counter() : gauge());
}

function addStateGauge(registry: Registry, statuses: Statuses): void {
  const gauge = new Gauge({
    name: 'sightline_streams',
    help: 'Sources of cameras by state',
    labelNames: ['state'] as const,
    registers: [],
    collect() {
      const counts = new Map<CameraState, number>();
      for (const { status } of known(statuses)) counts.set(status.state, (counts.get(status.state) ?? 0) + 1);
      for (const state of cameraStateSchema.options) this.set({ state }, counts.get(state) ?? 0);
    },
  });
  registry.registerMetric(gauge);
}

function addViewerGauge(registry: Registry, statuses: Statuses): void {
  const gauge = new Gauge({
    name: 'sightline_viewers',
    help: 'People watching, by output',
    labelNames: ['output'] as const,
    registers: [],
    collect() {
      this.reset();
      for (const output of outputs) this.set({ output }, 0);
      for (const { status } of known(statuses)) {
        for (const output of outputs) this.inc({ output }, status.stats.viewersByOutput[output]);
      }
    },
  });
  registry.registerMetric(gauge);
}

const viewerMetrics: readonly (readonly [name: string, help: string, of: keyof ViewerSums])[] = [
  ['sent_bytes_total', 'Bytes to viewers, by output', 'bytesSent'],
  ['dropped_units_total', 'Pictures and audio frames kept from slow viewers, by output', 'unitsDropped'],
  ['errors_total', 'Failed answers to viewers, by output', 'errors'],
];

function addViewerCounter(
  [name, help, of]: (typeof viewerMetrics)[number],
  registry: Registry,
  totals: Pick<Hub, 'viewerSums'>,
): void {
  const counter = new Counter({
    name: `sightline_viewer_${name}`,
    help,
    labelNames: ['output'] as const,
    registers: [],
    collect() {
      this.reset();
      const sums = totals.viewerSums();
      for (const output of outputs) this.inc({ output }, sums[output][of]);
    },
  });
  registry.registerMetric(counter);
}

interface Sample {
  readonly camera: string;
  readonly source: Source;
  value: number;
}

/** Streams beyond the limit are one: their sum, or the worst of them. */
function perStream(statuses: Statuses, { kind, read }: StreamMetric): readonly Sample[] {
  const samples: Sample[] = [];
  let other: Sample | undefined;
  for (const { camera, source, status } of known(statuses)) {
    const value = Math.max(0, read(status));
    if (samples.length < maxLabelledStreams) samples.push({ camera, source, value });
    else if (!other) other = { camera: 'other', source: 'main', value };
    else other.value = kind === 'level' ? Math.max(other.value, value) : other.value + value;
  }
  return other ? [...samples, other] : samples;
}

type Source = 'main' | 'sub';

/** Every source of every camera. */
function* known(
  statuses: Statuses,
): Iterable<{ readonly camera: string; readonly source: Source; readonly status: StreamStatus }> {
  for (const camera of statuses.ids()) {
    const status = statuses.status(camera);
    const sub = statuses.subStatus(camera);
    if (status) yield { camera, source: 'main', status };
    if (sub) yield { camera, source: 'sub', status: sub };
  }
}

function hlsKind(file: string): HlsKind {
  if (file.endsWith('.m3u8')) return 'playlist';
  if (file.startsWith('init')) return 'init';
  if (file.startsWith('part')) return 'part';
  return file.startsWith('seg') ? 'segment' : 'other';
}
