/**
 * Numbers for Prometheus. Labels are bounded: camera ids up to a limit, beyond it one sum called `other`.
 */
import { Counter, Gauge, Registry, collectDefaultMetrics } from '@prometheus-io/client';
import type { CameraId } from '../base/ids.ts';
import type { CameraState, StreamStatus } from './contract/cameras.ts';
import { cameraStateSchema } from './contract/cameras.ts';
import type { Statuses } from './status-events.ts';

/** Cameras with a label of their own; each costs a dozen lines at every scrape. */
const maxLabelledCameras = 200;

type HlsKind = 'playlist' | 'init' | 'part' | 'segment' | 'other';

export class Metrics {
  readonly #registry = new Registry();
  readonly #hlsRequests: Counter<'kind' | 'status'>;

  constructor(statuses: Statuses) {
    collectDefaultMetrics({ register: this.#registry });
    this.#hlsRequests = new Counter({
      name: 'sightline_hls_requests_total',
      help: 'HLS answers by kind of file and HTTP status',
      labelNames: ['kind', 'status'],
      registers: [this.#registry],
    });
    addStateGauge(this.#registry, statuses);
    for (const metric of streamMetrics) addStreamMetric(metric, this.#registry, statuses);
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
  readonly total: boolean;
  readonly read: (stats: StreamStatus['stats']) => number;
}

const streamMetrics: readonly StreamMetric[] = [
  { name: 'bitrate_bits_per_second', help: 'Received now', total: false, read: (stats) => stats.bitrateBps },
  {
    name: 'frames_per_second',
    help: 'Pictures received now',
    total: false,
    read: (stats) => stats.framesPerSecond,
  },
  { name: 'readers', help: 'Attached outputs', total: false, read: (stats) => stats.readers },
  { name: 'viewers', help: 'People watching', total: false, read: (stats) => stats.viewers },
  {
    name: 'received_bytes_total',
    help: 'Bytes from the camera',
    total: true,
    read: (stats) => stats.bytesReceived,
  },
  {
    name: 'units_total',
    help: 'Pictures and audio frames',
    total: true,
    read: (stats) => stats.unitsReceived,
  },
  {
    name: 'dropped_units_total',
    help: 'Units kept from slow readers',
    total: true,
    read: (stats) => stats.unitsDropped,
  },
  {
    name: 'lost_packets_total',
    help: 'Packets lost on the way',
    total: true,
    read: (stats) => stats.packetsLost,
  },
  { name: 'damaged_total', help: 'Damaged packets and frames', total: true, read: (stats) => stats.damaged },
  {
    name: 'reconnects_total',
    help: 'Connections after the first',
    total: true,
    read: (stats) => stats.reconnects,
  },
];

function addStreamMetric(
  { name, help, total, read }: StreamMetric,
  registry: Registry,
  statuses: Statuses,
): void {
  // Registered by hand below, so that nothing is added to the library's global registry.
  const settings = {
    name: `sightline_stream_${name}`,
    help,
    labelNames: ['camera'] as const,
    registers: [],
  };
  const counter = (): Counter<'camera'> =>
    new Counter({
      ...settings,
      collect() {
        this.reset();
        for (const [camera, value] of perCamera(statuses, read)) this.inc({ camera }, value);
      },
    });
  const gauge = (): Gauge<'camera'> =>
    new Gauge({
      ...settings,
      collect() {
        this.reset();
        for (const [camera, value] of perCamera(statuses, read)) this.set({ camera }, value);
      },
    });
  registry.registerMetric(total ? counter() : gauge());
}

function addStateGauge(registry: Registry, statuses: Statuses): void {
  const gauge = new Gauge({
    name: 'sightline_streams',
    help: 'Cameras by state',
    labelNames: ['state'] as const,
    registers: [],
    collect() {
      const counts = new Map<CameraState, number>();
      for (const [, { state }] of known(statuses)) counts.set(state, (counts.get(state) ?? 0) + 1);
      for (const state of cameraStateSchema.options) this.set({ state }, counts.get(state) ?? 0);
    },
  });
  registry.registerMetric(gauge);
}

function perCamera(statuses: Statuses, read: StreamMetric['read']): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  let count = 0;
  for (const [id, { stats }] of known(statuses)) {
    const label = count++ < maxLabelledCameras ? id : 'other';
    values.set(label, (values.get(label) ?? 0) + Math.max(0, read(stats)));
  }
  return values;
}

function* known(statuses: Statuses): Iterable<readonly [CameraId, StreamStatus]> {
  for (const id of statuses.ids()) {
    const status = statuses.status(id);
    if (status) yield [id, status];
  }
}

function hlsKind(file: string): HlsKind {
  if (file.endsWith('.m3u8')) return 'playlist';
  if (file.startsWith('init')) return 'init';
  if (file.startsWith('part')) return 'part';
  return file.startsWith('seg') ? 'segment' : 'other';
}
