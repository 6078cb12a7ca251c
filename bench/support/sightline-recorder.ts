/**
 * Recording as the server does it: RTSP source and hub, and, when asked, the archive with its database.
 *
 * Program: `record` with a port, a number of cameras and a folder; `figures` so far. Its argument says how: `watched`
 * (a reader that keeps the cameras connected and does nothing), `plain` or `sealed`.
 */
import { join } from 'node:path';
import { openArchive } from '../../src/archive/archive.ts';
import type { Disk, DiskFile } from '../../src/archive/disk.ts';
import { systemDisk } from '../../src/archive/disk.ts';
import { makeEnvelopes } from '../../src/archive/seal/envelopes.ts';
import { KeyRing } from '../../src/archive/seal/key-ring.ts';
import { makeMasterKey } from '../../src/archive/seal/master-key.ts';
import { cameraId } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { openDatabase } from '../../src/database/database.ts';
import { writeLedger } from '../../src/database/gaps.ts';
import { Hub } from '../../src/hub/hub.ts';
import { systemClock } from '../../src/io/clock.ts';
import { AddressPolicy } from '../../src/io/net/address-policy.ts';
import { systemRandom } from '../../src/io/random.ts';
import { recordingOff } from '../../src/recording/policy.ts';
import { Recordings } from '../../src/recording/recordings.ts';
import { RtspSource } from '../../src/sources/rtsp/source.ts';
import { serveParent } from './program.ts';

interface RecordRequest {
  readonly port: number;
  readonly cameras: number;
  /** For database and footage. */
  readonly folder: string;
}

export interface RecordFigures {
  readonly received: number;
  readonly framesReceived: number;
  readonly framesStored: number;
  readonly unitsDropped: number;
  readonly bytesStored: number;
  readonly gaps: number;
  readonly pendingBytes: number;
  /** Calls of fsync and fdatasync, folders included, without the database. */
  readonly syncs: number;
  readonly writes: number;
  readonly rssMb: number;
}

const way = process.argv[2] ?? 'watched';
const clock = systemClock;
const hub = new Hub({ clock, log: silentLog, random: Math.random });
let syncs = 0;
let writes = 0;
let recordings: Recordings | undefined;

const countedFile = (file: DiskFile): DiskFile => ({
  write: (parts, position) => {
    writes += 1;
    return file.write(parts, position);
  },
  read: (into, position) => file.read(into, position),
  sizeBytes: () => file.sizeBytes(),
  truncate: (sizeBytes) => file.truncate(sizeBytes),
  datasync: () => {
    syncs += 1;
    return file.datasync();
  },
  sync: () => {
    syncs += 1;
    return file.sync();
  },
  close: () => file.close(),
});

const countedDisk: Disk = {
  ...systemDisk,
  create: async (path) => countedFile(await systemDisk.create(path)),
  syncFolder: (path) => {
    syncs += 1;
    return systemDisk.syncFolder(path);
  },
};

async function startArchive(folder: string): Promise<Recordings> {
  const opened = await openDatabase(join(folder, 'bench.sqlite'));
  if (!opened.ok) throw new Error(opened.error.message);
  const { queries } = opened.value;
  const master = makeMasterKey(systemRandom);
  const keys = new KeyRing({
    disk: systemDisk,
    unlocking: { masters: [master] },
    locking: { master, recovery: undefined },
    random: systemRandom,
  });
  const archive = await openArchive({
    queries,
    places: [{ path: join(folder, 'recordings'), make: true }],
    disk: countedDisk,
    clock,
    random: systemRandom,
    log: silentLog,
    envelopes: makeEnvelopes(way === 'sealed', keys, systemRandom),
  });
  const all = new Recordings({
    clock,
    log: silentLog,
    archive,
    random: systemRandom,
    stream: (id) => hub.get(id),
    write: (batch) => writeLedger(queries, batch),
    onStatus: () => undefined,
    onGap: () => undefined,
  });
  all.start({ marks: [], openGaps: [], events: [] }, archive.recovered);
  return all;
}

function addCamera(port: number, index: number): void {
  const source = new RtspSource({
    url: `rtsp://127.0.0.1:${port}/${index}`,
    transport: 'tcp',
    verifyTls: true,
    policy: new AddressPolicy({ allow: ['127.0.0.0/8'] }),
    clock,
    log: silentLog,
    random: systemRandom,
  });
  const id = cameraId(systemRandom(16));
  const stream = hub.add(id, source, { start: 'on-demand', closeAfterMs: 1000, maxReaders: 0 });
  if (recordings) recordings.apply({ id, enabled: true, recording: { ...recordingOff, mode: 'continuous' } });
  else
    stream.attach({
      kind: 'test',
      onTracks: () => undefined,
      onUnit: () => undefined,
      onEnd: () => undefined,
    });
}

function figures(): RecordFigures {
  const sums = { framesReceived: 0, framesStored: 0, unitsDropped: 0, bytesStored: 0, pendingBytes: 0 };
  for (const [, { account, droppedUnits, pendingBytes }] of recordings?.reports() ?? []) {
    sums.framesReceived += account.framesReceived;
    sums.framesStored += account.framesStored;
    sums.unitsDropped += droppedUnits;
    sums.bytesStored += account.bytesStored;
    sums.pendingBytes += pendingBytes;
  }
  let received = 0;
  for (const stream of hub.streams()) received += stream.status().stats.unitsReceived;
  let gaps = 0;
  for (const [cause, count] of recordings?.gapCounts ?? []) if (cause !== 'camera-offline') gaps += count;
  return { received, ...sums, gaps, syncs, writes, rssMb: process.memoryUsage.rss() / 1e6 };
}

serveParent({
  record: async ({ port, cameras, folder }: RecordRequest) => {
    if (way !== 'watched') recordings = await startArchive(folder);
    for (let index = 0; index < cameras; index += 1) addCamera(port, index);
  },
  figures,
  end: () => recordings?.close(),
});
