import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Principal } from '../../accounts/access.ts';
import { localOperator } from '../../accounts/access.ts';
import { somebody } from '../../accounts/access.testing.ts';
import type { CameraState, StreamStatus } from '../../api/contract/cameras.ts';
import type { SystemHealth } from '../../api/contract/system-health.ts';
import { systemHealthSchema } from '../../api/contract/system-health.ts';
import { disabledStatus } from '../../api/runtime.ts';
import { ask, startTestApi } from '../../api/testing.ts';
import type { CameraId } from '../../base/ids.ts';
import type { TestHealth } from './health.testing.ts';
import { testHealth } from './health.testing.ts';
import { streamNumbers } from './streams.ts';

async function open(who: () => Principal = () => localOperator) {
  let health: TestHealth | undefined;
  const api = await startTestApi({
    authenticate: () => who(),
    more: async (made) => {
      health = await testHealth(made);
      return { health: health.health };
    },
  });
  const read = async (query = ''): Promise<SystemHealth> => {
    const { status, json, text } = await ask(api.port, `/api/v1/system/health${query}`);
    assert.equal(status, 200, text);
    return systemHealthSchema.parse(json);
  };
  const end = async (): Promise<void> => {
    await health?.close();
    await api.close();
  };
  return { api, read, end };
}

describe('GET /api/v1/system/health', () => {
  test('tells how this process, its disks and workers are', async () => {
    const { read, end } = await open();
    const { status, nodeVersion, history } = await read();
    await end();
    assert.equal(nodeVersion, process.version);
    assert.ok(status.memory.rssBytes > 1e7);
    assert.deepEqual(
      status.disks.map(({ state }) => state),
      ['ready'],
    );
    assert.ok((status.disks[0]?.freeBytes ?? 0) > 0);
    assert.deepEqual(
      status.workers.map(({ kind, state }) => [kind, state]),
      [
        ['media', 'idle'],
        ['database', 'ready'],
      ],
    );
    assert.equal(history, null, 'only for who asks for it');
  });

  test('has what was looked at since the start as history', async () => {
    const { read, end } = await open();
    const { status, history } = await read('?history=true');
    await end();
    assert.deepEqual(history?.hour.atMs, [status.atMs]);
    assert.deepEqual(history?.hour.rssBytes, [status.memory.rssBytes]);
    assert.deepEqual(history?.day.atMs, []);
  });

  test('is closed to who may not read the system', async () => {
    const { api, end } = await open(() => somebody('viewer', { every: ['live', 'playback'] }));
    const { status } = await ask(api.port, '/api/v1/system/health');
    await end();
    assert.equal(status, 403);
  });
});

describe('streams', () => {
  test('are counted by state, second sources too; what is switched off is none', () => {
    const off = disabledStatus(0);
    const as = (state: CameraState, bitrateBps: number): StreamStatus => {
      const viewersByOutput = { ...off.stats.viewersByOutput, hls: 1 };
      return { ...off, state, stats: { ...off.stats, bitrateBps, viewers: 1, viewersByOutput } };
    };
    const main = [as('live', 4e6), as('offline', 0), as('error', 0), as('stalled', 0), off];
    const ids = main.map((_, i) => `cam_${i}` as CameraId);
    const cameras = {
      ids: () => ids,
      status: (id: CameraId) => main[ids.indexOf(id)],
      subStatus: (id: CameraId) => (id === 'cam_0' ? as('live', 1e6) : null),
    };
    const sums = streamNumbers({ cameras, recordings: { reports: () => [] } }, 7);
    assert.deepEqual([sums.total, sums.live, sums.offline, sums.stalled], [5, 2, 2, 1]);
    assert.deepEqual([sums.inBps, sums.outBps, sums.viewers, sums.viewersByOutput.hls], [5e6, 7, 5, 5]);
  });
});
