/** What the machine is at now: figures, disks, workers. */
import type { SystemHealth, SystemStatus, WorkerStatus } from '../../../../src/api/contract/system-health.ts';
import { bitrate, bytes, duration, whole } from '../../format.ts';
import type { Fact } from '../facts.tsx';
import { Facts } from '../facts.tsx';
import type { Tone } from '../state-chip.tsx';
import { Shape } from '../state-chip.tsx';
import { Panel } from '../storage/panel.tsx';

const percent = (share: number) => `${Math.round(share * 100)} %`;

export function Now({ health }: { health: SystemHealth }) {
  const { status } = health;
  const { cpu, memory, streams } = status;
  return (
    <Panel title="Now">
      <div className="grid gap-3 lg:grid-cols-2">
        <Facts
          facts={[
            ['Processor', `${percent(cpu.machineShare)} of ${coresWords(cpu.coreShares.length)}`],
            ['Of that, the server', `${cpu.processCores.toFixed(2)} cores`],
            ['Memory of the machine', memoryWords(memory)],
            ['Of that, the server', bytes(memory.rssBytes)],
            ['Turns late (median, 99 %)', lateWords(status.eventLoop)],
            ['Connections and files', filesWords(status.files)],
          ]}
        />
        <Facts facts={streamFacts(streams)} />
      </div>
      <Cores shares={cpu.coreShares} />
    </Panel>
  );
}

function streamFacts(streams: SystemStatus['streams']): Fact[] {
  const { total, live, offline, stalled } = streams;
  const away = offline + stalled;
  return [
    ['Streams live', `${live} of ${total}`],
    ['Away or stalled', String(away), away > 0 ? 'warn' : 'plain'],
    ['From cameras', bitrate(streams.inBps)],
    ['To viewers', bitrate(streams.outBps)],
    ['Viewers', viewersWords(streams)],
    ['Frames kept from slow viewers', whole(streams.unitsDropped)],
    ['Recorded now', recordedWords(streams), streams.failing > 0 ? 'warn' : 'plain'],
    ['Waits for the disk', bytes(streams.backlogBytes)],
  ];
}

const outputNames = {
  live: 'live socket',
  hls: 'HLS',
  webrtc: 'WebRTC',
  rtsp: 'RTSP',
  mjpeg: 'Motion JPEG',
} as const;

function viewersWords({ viewers, viewersByOutput }: SystemStatus['streams']): string {
  const names = Object.keys(outputNames) as (keyof typeof outputNames)[];
  const parts = names
    .filter((name) => viewersByOutput[name] > 0)
    .map((name) => `${viewersByOutput[name]} ${outputNames[name]}`);
  return parts.length > 0 ? `${viewers} (${parts.join(', ')})` : String(viewers);
}

function recordedWords({ recording, failing }: SystemStatus['streams']): string {
  return failing === 0 ? String(recording) : `${recording}, and ${failing} that should be`;
}

function coresWords(count: number): string {
  return count === 1 ? '1 core' : `${count} cores`;
}

function memoryWords({ machineTotalBytes, machineFreeBytes }: SystemStatus['memory']): string {
  return `${bytes(machineTotalBytes - machineFreeBytes)} of ${bytes(machineTotalBytes)}`;
}

function lateWords({ p50Ms, p99Ms }: SystemStatus['eventLoop']): string {
  return `${p50Ms.toFixed(1)} ms, ${p99Ms.toFixed(1)} ms`;
}

function filesWords({ open, limit, sockets }: SystemStatus['files']): string {
  const parts = [`${whole(sockets)} connections`];
  if (open !== null) parts.push(`${whole(open)}${limit === null ? '' : ` of ${whole(limit)}`} files`);
  return parts.map((part) => part.replaceAll(' ', '\u00a0')).join(', ');
}

/** One bar for each core. */
function Cores({ shares }: { shares: readonly number[] }) {
  return (
    <div
      role="img"
      aria-label={`Load of each core: ${shares.map(percent).join(', ')}`}
      className="mt-3 flex flex-wrap gap-1.5"
    >
      {shares.map((share, i) => (
        // oxlint-disable-next-line react/no-array-index-key -- a core is its number
        <div
          key={i}
          title={`Core ${i + 1}: ${percent(share)}`}
          className="bg-raised h-1.5 min-w-10 flex-1 overflow-hidden rounded-full"
        >
          <div
            className={`h-full rounded-full transition-[width] ${share > 0.9 ? 'bg-warn' : 'bg-accent'}`}
            style={{ width: percent(share) }}
          />
        </div>
      ))}
    </div>
  );
}

export function Disks({ disks }: { disks: SystemStatus['disks'] }) {
  return (
    <Panel title="Disks">
      <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
        {disks.map((disk) => (
          <DiskRow key={disk.path} disk={disk} />
        ))}
      </ul>
    </Panel>
  );
}

const diskStates: Record<SystemStatus['disks'][number]['state'], readonly [Tone, string]> = {
  ready: ['good', 'Ready'],
  full: ['warn', 'Full: the oldest goes'],
  failed: ['bad', 'Cannot be used'],
  missing: ['bad', 'Not there'],
};

function DiskRow({ disk }: { disk: SystemStatus['disks'][number] }) {
  const { path, state, fault, totalBytes, freeBytes, usedBytes } = disk;
  const [tone, word] = diskStates[state];
  const share = (part: number) => percent(totalBytes > 0 ? part / totalBytes : 0);
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="min-w-0 font-medium break-all">{path}</span>
        <span className="flex items-center gap-2 text-[13px]">
          <Shape tone={tone} /> {word}
        </span>
      </div>
      <div aria-hidden="true" className="bg-raised my-2 flex h-1.5 overflow-hidden rounded-full">
        <div className="bg-accent" style={{ width: share(usedBytes) }} />
        <div className="bg-line-strong" style={{ width: share(totalBytes - freeBytes - usedBytes) }} />
      </div>
      <p className="text-muted text-[13px]">
        {bytes(usedBytes)} recordings · {bytes(Math.max(0, totalBytes - freeBytes - usedBytes))} other ·{' '}
        {bytes(freeBytes)} of {bytes(totalBytes)} free
      </p>
      {fault !== null && <p className="text-bad mt-1 text-[13px] break-words">{fault}</p>}
    </li>
  );
}

const workerStates: Record<WorkerStatus['state'], readonly [Tone, string]> = {
  ready: ['good', 'Running'],
  idle: ['quiet', 'Starts when it is needed'],
  starting: ['quiet', 'Starting'],
  failed: ['bad', 'Failed'],
  unavailable: ['bad', 'Not available'],
};

export function Workers({ workers }: { workers: readonly WorkerStatus[] }) {
  return (
    <Panel title="Workers">
      <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
        {workers.map((worker) => (
          <WorkerRow key={worker.name} worker={worker} />
        ))}
      </ul>
    </Panel>
  );
}

function WorkerRow({ worker }: { worker: WorkerStatus }) {
  const { name, state, reason, pid, restarts, rssBytes, cores, answerMs } = worker;
  const [tone, word] = workerStates[state];
  const figures = [
    answerMs !== null && `answers in ${answerMs < 10 ? answerMs.toFixed(1) : Math.round(answerMs)} ms`,
    rssBytes !== null && bytes(rssBytes),
    cores !== null && `${cores.toFixed(2)} cores`,
    restarts > 0 && `restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}`,
    pid !== null && `process ${pid}`,
  ].filter((part) => part !== false);
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium">{name}</span>
        <span className="flex items-center gap-2 text-[13px]">
          <Shape tone={tone} /> {word}
        </span>
      </div>
      <p className="text-muted text-[13px] tabular-nums empty:hidden">{figures.join(' · ')}</p>
      {reason !== null && <p className="text-warn text-[13px] break-words">{reason}</p>}
    </li>
  );
}

export function Footnote({ health, nowMs }: { health: SystemHealth; nowMs: number }) {
  const { version, nodeVersion, startedMs, status } = health;
  return (
    <p className="text-faint text-[12px]">
      Sightline {version} · Node {nodeVersion} · runs for {duration(nowMs - startedMs)} · a look each 5 s
      takes {status.lookMs.toFixed(1)} ms
    </p>
  );
}
