import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { insertDeparted } from '../database/storage.ts';
import { recordingOff } from './policy.ts';
import { camera, RetentionRig } from './retention.testing.ts';
import type { ReportedVolume, StorageParts } from './storage-report.ts';
import { forecastPolicy, storageReport } from './storage-report.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const [door, yard] = [camera(1), camera(2)];
const volume: ReportedVolume = {
  id: 'vol_1',
  path: '/footage',
  state: 'ready',
  fault: null,
  totalBytes: 1_000_000,
  freeBytes: 500_000,
  floorBytes: 100_000,
  sealed: true,
};

let rig: RetentionRig;
let liveBitsPerSecond: number | undefined = 0;
before(async () => {
  rig = await RetentionRig.open(Date.UTC(2026, 10, 21, 12, 30));
});
afterEach(async () => {
  liveBitsPerSecond = 0;
  await rig.clear();
});
after(() => rig.close());

const parts = (changes: Partial<StorageParts> = {}): StorageParts => ({
  queries: rig.queries,
  clock: rig.clock,
  volumes: () => [volume],
  maxBytes: undefined,
  liveBitsPerSecond: () => liveBitsPerSecond,
  shortages: () => [],
  ...changes,
});

/** So many hours until now, an hour each. */
const record = (id: typeof door, hours: number, bytesPerHour: number, everyHours = 1) =>
  rig.addRecordings(
    Array.from({ length: hours / everyHours }, (_, i) => {
      const endMs = rig.clock.nowMs() - i * everyHours * hourMs;
      return { camera: id, startMs: endMs - hourMs, endMs, bytes: bytesPerHour };
    }),
  );

const shortage = { rule: 'free-space', about: 'vol_1', message: 'All is guaranteed.' } as const;
const roomy: ReportedVolume = { ...volume, freeBytes: 900_000 };
const continuous = { ...recordingOff, mode: 'continuous' as const };

describe('the report of storage', () => {
  test('adds up volumes and cameras, and foretells from the last day', async () => {
    await rig.addCamera(door, { maxAgeDays: 3 }, { mode: 'continuous' });
    await record(door, 48, 1000);
    await rig.hold(door, rig.clock.nowMs() - 40 * hourMs, rig.clock.nowMs() - 30 * hourMs);
    await rig.hold(null, rig.clock.nowMs() - 31 * hourMs, rig.clock.nowMs() - 29 * hourMs);
    const { volumes, cameras, totals } = await storageReport(parts());
    assert.deepEqual(cameras, [
      {
        cameraId: door,
        bytes: 48_000,
        oldestMs: rig.clock.nowMs() - 2 * dayMs,
        newestMs: rig.clock.nowMs(),
        bytesPerDay: 24_000,
        heldBytes: 11_000,
        forecastDays: 3,
        forecastReason: 'Footage is deleted after 3 days.',
      },
    ]);
    assert.deepEqual([volumes[0]?.usedBytes, volumes[0]?.recordings], [48_000, 48]);
    assert.deepEqual(totals, {
      bytes: 48_000,
      bytesPerDay: 24_000,
      heldBytes: 11_000,
      maxBytes: null,
      minFreeBytes: 100_000,
    });
  });

  test('counts as room what is free above the floor and what recordings take, but not what is held', async () => {
    await rig.addCamera(door, {}, { mode: 'continuous' });
    await record(door, 48, 1000);
    await rig.hold(door, rig.clock.nowMs() - 48 * hourMs, rig.clock.nowMs() - 24 * hourMs);
    const [first] = (await storageReport(parts())).cameras;
    assert.equal(first?.forecastDays?.toFixed(3), ((48_000 + 400_000 - 24_000) / 24_000).toFixed(3));
    const [limited] = (await storageReport(parts({ maxBytes: 72_000 }))).cameras;
    assert.equal(limited?.forecastDays?.toFixed(3), '2.000');
  });

  test('measures how often an event camera records', async () => {
    await rig.addCamera(door, {}, { mode: 'event' });
    await record(door, 24, 1000, 4);
    const [only] = (await storageReport(parts())).cameras;
    assert.equal(Math.round((only?.bytesPerDay ?? 0) / 1000), 7, 'six hours of the last 21 were recorded');
  });

  test('tells of a camera that was deleted what becomes of its footage', async () => {
    const recordingJson = JSON.stringify({ retention: { maxAgeDays: 9 } });
    await insertDeparted(rig.queries, {
      id: door,
      name: 'Door',
      recordingJson,
      footage: 'keep',
      departedMs: 1,
    });
    await record(door, 2, 1000);
    const [only] = (await storageReport(parts())).cameras;
    assert.deepEqual([only?.bytesPerDay, only?.forecastDays], [0, null]);
    assert.match(only?.forecastReason ?? '', /deleted; its footage goes after 9 days/);
  });

  test('says at the volume which rule cannot be kept there', async () => {
    const { volumes } = await storageReport(parts({ shortages: () => [shortage] }));
    assert.equal(volumes[0]?.fault, 'All is guaranteed.');
  });
});

describe('the forecast of a policy', () => {
  test('uses the live stream before there is footage', async () => {
    await rig.addCamera(door, {});
    liveBitsPerSecond = 8;
    const forecast = await forecastPolicy(parts(), door, continuous);
    assert.equal(forecast?.bytesPerDay, 86_400);
    assert.equal(forecast?.days?.toFixed(2), (400_000 / 86_400).toFixed(2));
    assert.deepEqual(forecast?.warnings, []);
  });

  test('says when nothing is known of the camera yet', async () => {
    await rig.addCamera(door, {});
    const forecast = await forecastPolicy(parts(), door, continuous);
    assert.equal(forecast?.days, null);
    assert.match(forecast?.warnings[0] ?? '', /not known yet/);
  });

  test('says that what a camera sends cannot be recorded, and reckons nothing for it', async () => {
    await rig.addCamera(door, {}, { mode: 'continuous' });
    liveBitsPerSecond = undefined;
    const forecast = await forecastPolicy(parts(), door, continuous);
    assert.deepEqual([forecast?.bytesPerDay, forecast?.days], [0, null]);
    assert.match(forecast?.warnings.join() ?? '', /nothing that can be recorded/);
    const [shown] = (await storageReport(parts())).cameras;
    assert.deepEqual([shown?.bytesPerDay, shown?.forecastDays], [0, null]);
    assert.match(shown?.forecastReason ?? '', /nothing that can be recorded/);
  });

  test('takes for a schedule its part of the week', async () => {
    await rig.addCamera(door, {});
    liveBitsPerSecond = 8;
    const night = { days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 0, toMinute: 360 };
    const forecast = await forecastPolicy(parts(), door, {
      ...continuous,
      mode: 'schedule',
      schedule: [night, night],
    });
    assert.equal(forecast?.bytesPerDay, 86_400 / 4);
  });

  test('is an upper bound for events that nobody has counted', async () => {
    await rig.addCamera(door, {}, { mode: 'continuous' });
    await record(door, 24, 1000);
    const forecast = await forecastPolicy(parts(), door, { ...continuous, mode: 'event' });
    assert.equal(forecast?.bytesPerDay, 24_000);
    assert.match(forecast?.reason ?? '', /^At least/);
    assert.match(forecast?.warnings[0] ?? '', /all the time would take 24 kB a day/);
  });

  test('warns before a guarantee is saved that cannot be kept, and counts the other cameras', async () => {
    await rig.addCamera(door, {}, { mode: 'continuous' });
    await rig.addCamera(yard, { minAgeDays: 10 }, { mode: 'continuous' });
    await record(door, 24, 1000);
    await record(yard, 24, 1000);
    const guaranteed = { ...continuous, retention: { maxAgeDays: null, maxBytes: null, minAgeDays: 9 } };
    const possible = await forecastPolicy(
      parts({ volumes: () => [roomy], maxBytes: 24_000 * 19 }),
      door,
      guaranteed,
    );
    assert.deepEqual(possible?.warnings, []);
    const impossible = await forecastPolicy(
      parts({ volumes: () => [roomy], maxBytes: 24_000 * 18 }),
      door,
      guaranteed,
    );
    assert.match(impossible?.warnings[0] ?? '', /need 24 kB more/);
  });

  test('is not made for a camera that is not there', async () => {
    assert.equal(await forecastPolicy(parts(), door, continuous), undefined);
  });
});
