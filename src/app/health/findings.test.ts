import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateReport } from '../../api/contract/network.ts';
import type { SystemStatus, WorkerStatus } from '../../api/contract/system-health.ts';
import type { Known, WatchedCamera } from './findings.ts';
import { findingsOf } from './findings.ts';

const nowMs = Date.UTC(2026, 10, 21, 14, 30);
const minuteMs = 60_000;
const dayMs = 86_400_000;
const gigabyte = 1e9;

const worker: WorkerStatus = {
  name: 'WebRTC worker',
  kind: 'webrtc',
  state: 'ready',
  reason: null,
  pid: 7,
  restarts: 0,
  restartsLastHour: 0,
  rssBytes: 1,
  cores: 0,
  answerMs: null,
};
const database: WorkerStatus = { ...worker, name: 'Database', kind: 'database', answerMs: 1 };

const status: Known['status'] = {
  atMs: nowMs,
  cpu: { processCores: 0.1, machineShare: 0.1, coreShares: [0.1], load1: 0 },
  memory: {
    rssBytes: 1e8,
    heapUsedBytes: 5e7,
    heapLimitBytes: 4e9,
    machineTotalBytes: 8e9,
    machineFreeBytes: 4e9,
  },
  eventLoop: { p50Ms: 0, p99Ms: 1, maxMs: 2, busyShare: 0.1 },
  files: { open: 30, limit: 1024, sockets: 3 },
  disks: [],
  workers: [worker, database],
  streams: {} as SystemStatus['streams'],
  lookMs: 1,
};

const well: Known = {
  nowMs,
  status,
  minute: { machineShare: 0.1, eventLoopP99Ms: 1 },
  cameras: [],
  trends: [],
  shortages: [],
  clockSteps: [],
  https: { problem: null, certificate: null },
};

const yard: WatchedCamera = {
  id: 'cam_1',
  name: 'Yard',
  state: 'live',
  reason: null,
  sinceMs: 0,
  recording: 'recording',
  recordingReason: null,
  recordingSinceMs: 0,
};
const away: WatchedCamera = {
  ...yard,
  state: 'offline',
  reason: 'No answer.',
  sinceMs: nowMs - 27 * minuteMs,
  recording: 'failing',
};

const certificate = (days: number, kind: CertificateReport['kind'] = 'files') => ({
  problem: null,
  certificate: { kind, untilMs: nowMs + days * dayMs, problem: null } as CertificateReport,
});

const withStatus = (changes: Partial<Known['status']>): Partial<Known> => ({
  status: { ...status, ...changes },
});
const trend = (days: number) => ({
  trends: [{ path: '/data', freeBytes: (days + 1) * gigabyte, floorBytes: gigabyte, bytesPerDay: -gigabyte }],
});

describe('findings', () => {
  test('there are none when all is well', () => {
    assert.deepEqual(findingsOf({ ...well, cameras: [yard], https: certificate(60) }), []);
  });

  const cases: readonly (readonly [title: string, level: string, changes: Partial<Known>])[] = [
    ['Yard is offline', 'bad', { cameras: [away] }],
    ['Yard cannot be shown', 'bad', { cameras: [{ ...away, state: 'error' }] }],
    ['Yard sends no pictures', 'warn', { cameras: [{ ...away, state: 'stalled' }] }],
    ['Yard is not recorded', 'bad', { cameras: [{ ...yard, recording: 'failing' }] }],
    ['Disk /data will be full in 3 days', 'note', trend(3)],
    ['Disk /data will be full in 12 hours', 'warn', trend(0.5)],
    ['Disk /data will be full in less than two hours', 'warn', trend(0.05)],
    ['Footage cannot be kept as long as it should be', 'bad', { shortages: ['Two days are missing.'] }],
    [
      'The machine is busy: pictures may be late',
      'warn',
      { minute: { machineShare: 0.95, eventLoopP99Ms: 1 } },
    ],
    ['The server does its work late', 'warn', { minute: { machineShare: 0.1, eventLoopP99Ms: 150 } }],
    ['The clock jumped back by 3.0 s', 'warn', { clockSteps: [{ byMs: -3000, atMs: nowMs }] }],
    ['The clock jumped forward by 60 min', 'warn', { clockSteps: [{ byMs: 3_600_000, atMs: nowMs }] }],
    [
      'WebRTC worker restarted 3 times in an hour',
      'warn',
      withStatus({ workers: [{ ...worker, restartsLastHour: 3 }] }),
    ],
    [
      'WebRTC worker does not run',
      'warn',
      withStatus({ workers: [{ ...worker, state: 'unavailable', reason: 'Not installed.' }] }),
    ],
    ['The database answers slowly', 'warn', withStatus({ workers: [{ ...database, answerMs: 2500 }] })],
    ['Few connections are left', 'warn', withStatus({ files: { open: 900, limit: 1024, sockets: 800 } })],
    [
      'The machine has little memory left',
      'warn',
      withStatus({ memory: { ...status.memory, machineFreeBytes: 1e8 } }),
    ],
    [
      'The server is close to its limit of memory',
      'bad',
      withStatus({ memory: { ...status.memory, heapUsedBytes: 3.9e9 } }),
    ],
    ['The certificate ends in 10 days', 'warn', { https: certificate(10) }],
    ['The certificate ends in 4 days', 'bad', { https: certificate(4) }],
    ['The certificate has ended', 'bad', { https: certificate(-1, 'acme') }],
    [
      'The encrypted port is not there',
      'bad',
      { https: { problem: 'Port 443 is used.', certificate: null } },
    ],
    [
      'Disk /data is not there',
      'bad',
      withStatus({
        disks: [
          {
            id: 'vol_1',
            path: '/data',
            state: 'missing',
            fault: 'The folder is not there.',
            totalBytes: 0,
            freeBytes: 0,
            usedBytes: 0,
          },
        ],
      }),
    ],
  ];
  for (const [title, level, changes] of cases) {
    test(`${title}: ${level}, with what to do`, () => {
      const found = findingsOf({ ...well, ...changes });
      assert.deepEqual(
        found.map((one) => [one.title, one.level]),
        [[title, level]],
      );
      assert.match(found[0]?.advice ?? '', /^[A-Z].*\.$/);
    });
  }

  test('a camera that has just gone is no finding yet: most come back by themselves', () => {
    assert.deepEqual(findingsOf({ ...well, cameras: [{ ...away, sinceMs: nowMs - 5000 }] }), []);
  });

  test('a camera that is away is told once, though it is not recorded either, since when, and where to look', () => {
    const [found, ...others] = findingsOf({ ...well, cameras: [away] });
    assert.deepEqual(others, []);
    assert.deepEqual(
      [found?.sinceMs, found?.cameraId, found?.link],
      [away.sinceMs, 'cam_1', '/cameras/cam_1'],
    );
    assert.equal(found?.detail, 'No answer.');
  });

  test('the worst comes first', () => {
    const found = findingsOf({ ...well, ...trend(3), cameras: [away], https: certificate(10) });
    assert.deepEqual(
      found.map(({ level }) => level),
      ['bad', 'warn', 'note'],
    );
  });

  test('a disk that is filled to its floor is no news: the oldest goes, as it should', () => {
    const full = { path: '/data', freeBytes: gigabyte, floorBytes: gigabyte, bytesPerDay: -gigabyte };
    assert.deepEqual(findingsOf({ ...well, trends: [full, { ...full, freeBytes: 9e12 }] }), []);
  });
});
