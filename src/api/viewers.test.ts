import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testViewer } from '../hub/testing.ts';
import type { ViewerFigures } from '../hub/viewers.ts';
import type { Camera, CameraViewer } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { Ask, TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
before(async () => {
  api = await startTestApi();
});
after(() => api.close());

const at = (path: string, how?: Ask) => ask(api.port, `/api/v1/cameras/${path}`, how);

async function watched(): Promise<{ id: string; ended: string[] }> {
  const body = { name: 'x', source: { kind: 'demo' }, sub: { kind: 'demo' } };
  const { id } = (await ask(api.port, '/api/v1/cameras', { method: 'POST', body })).json as Camera;
  const ended: string[] = [];
  const figures: ViewerFigures = {
    bytesSent: 1000,
    unitsDropped: 2,
    errors: 3,
    network: { lossRatio: 0.01, roundTripMs: 20, jitterMs: 2, estimatedBps: 5e6 },
  };
  for (const stream of [id, `${id}.sub`]) {
    const admitted = api.runtime.hub.get(stream)?.admitViewer({
      output: 'webrtc',
      address: '192.0.2.1',
      client: 'Firefox',
      transport: 'SRTP over UDP',
      figures: () => figures,
      end: (reason) => {
        ended.push(`${stream}: ${reason}`);
        if (admitted?.ok) admitted.value.leave();
      },
    });
  }
  return { id, ended };
}

describe('the viewers of a camera', () => {
  test('are listed over both sources, with what is known of their network', async () => {
    const { id } = await watched();
    const viewers = (await at(`${id}/viewers`)).json as CameraViewer[];
    assert.deepEqual(
      viewers.map((viewer) => [viewer.source, viewer.id]),
      [
        ['main', 'main-viewer-1'],
        ['sub', 'sub-viewer-1'],
      ],
    );
    const { sinceMs, ...first } = viewers[0]!;
    assert.equal(typeof sinceMs, 'number');
    assert.deepEqual(first, {
      id: 'main-viewer-1',
      source: 'main',
      output: 'webrtc',
      address: '192.0.2.1',
      client: 'Firefox',
      transport: 'SRTP over UDP',
      bitrateBps: 0,
      bytesSent: 1000,
      unitsDropped: 2,
      errors: 3,
      network: { lossRatio: 0.01, roundTripMs: 20, jitterMs: 2, estimatedBps: 5e6 },
      endable: true,
    });
    const { stats } = ((await at(id)).json as Camera).status;
    assert.deepEqual([stats.viewers, stats.viewersByOutput.webrtc, stats.bytesSent], [1, 1, 1000]);
  });

  test('are ended one by one', async () => {
    const { id, ended } = await watched();
    assert.equal((await at(`${id}/viewers/sub-viewer-1`, { method: 'DELETE' })).status, 204);
    assert.deepEqual(ended, [`${id}.sub: An operator ended this viewing.`]);
    const left = (await at(`${id}/viewers`)).json as CameraViewer[];
    assert.deepEqual(
      left.map(({ source }) => source),
      ['main'],
    );
    const again = await at(`${id}/viewers/sub-viewer-1`, { method: 'DELETE' });
    assert.deepEqual([again.status, (again.json as Problem).code], [404, 'viewer-not-found']);
  });

  test('whose protocol knows no end cannot be ended', async () => {
    const { id } = await watched();
    api.runtime.hub.get(id)?.admitViewer(testViewer);
    const viewers = (await at(`${id}/viewers`)).json as CameraViewer[];
    const { id: viewer } = viewers.find(({ endable }) => !endable)!;
    const answer = await at(`${id}/viewers/${viewer}`, { method: 'DELETE' });
    assert.deepEqual([answer.status, (answer.json as Problem).code], [409, 'viewer-not-endable']);
    assert.equal(((await at(`${id}/viewers`)).json as CameraViewer[]).length, viewers.length);
  });

  test('are counted in the metrics by output, and stay counted when their camera is deleted', async () => {
    const bytes = async (): Promise<number> => {
      const { text } = await ask(api.port, '/metrics');
      return Number(/^sightline_viewer_sent_bytes_total\{output="webrtc"\} (\d+)$/m.exec(text)?.[1]);
    };
    const before = await bytes();
    const { id } = await watched();
    assert.equal(await bytes(), before + 2000);
    assert.equal((await at(id, { method: 'DELETE' })).status, 204);
    assert.equal(await bytes(), before + 2000);
    const { text } = await ask(api.port, '/metrics');
    assert.match(text, /^sightline_viewer_dropped_units_total\{output="webrtc"\} [1-9]/m);
    assert.match(text, /^sightline_viewer_errors_total\{output="webrtc"\} [1-9]/m);
    assert.match(text, /^sightline_viewer_errors_total\{output="mjpeg"\} 0$/m);
  });

  test('of a camera that is not there are not found', async () => {
    for (const how of [{ method: 'GET' }, { method: 'DELETE' }]) {
      const path = `cam_0000000000000000/viewers${how.method === 'DELETE' ? '/main-viewer-1' : ''}`;
      const answer = await at(path, how);
      assert.deepEqual([answer.status, (answer.json as Problem).code], [404, 'camera-not-found']);
    }
  });

  test('of an odd name are not found', async () => {
    const { id } = await watched();
    for (const name of ['viewer-1', 'main', 'main-', 'third-viewer-1', '__proto__-x']) {
      assert.equal((await at(`${id}/viewers/${name}`, { method: 'DELETE' })).status, 404, name);
    }
  });
});
