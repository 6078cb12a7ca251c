/** Four cameras that look at one scene, recorded: what is burned into their pictures says how far apart they are. */
import type { Camera } from '../../../src/api/contract/cameras.ts';
import type { Timeline } from '../../../src/api/contract/recording.ts';
import type { SavedView } from '../../../src/api/contract/views.ts';
import type { RunningServer } from '../../support/server.ts';
import { startServer } from '../../support/server.ts';
import { addView, rtspOf, tilesOf } from './house.ts';
import { until } from './until.ts';

export interface OneScene {
  readonly server: RunningServer;
  readonly cameras: readonly Camera[];
  readonly view: SavedView;
  /** Of one camera, the last ten minutes. */
  timeline(camera: Camera): Promise<Timeline>;
  stop(): Promise<void>;
}

/** Another server sends its demo camera; this one records it four times. */
export async function startOneScene(count = 4): Promise<OneScene> {
  const [server, sender] = await Promise.all([startServer(), startServer()]);
  const [demo] = (await sender.api<Camera[]>('GET', '/api/v1/cameras')).body;
  const [own] = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body;
  if (!demo || !own) throw new Error('A new server has a demo camera');
  await server.api('DELETE', `/api/v1/cameras/${own.id}`);
  const cameras: Camera[] = [];
  for (let at = 1; at <= count; at++) {
    const recording = { mode: 'continuous' };
    cameras.push(await server.addCamera({ name: `Side ${at}`, source: rtspOf(demo), recording }));
  }
  const view = await addView(server, { name: 'All sides', tiles: tilesOf(cameras, 2) });
  return {
    server,
    cameras,
    view,
    timeline: async ({ id }) => {
      const now = Date.now();
      const path = `/api/v1/cameras/${id}/timeline?from=${now - 600_000}&to=${now + 60_000}`;
      return (await server.api<Timeline>('GET', path)).body;
    },
    stop: async () => {
      await server.stop();
      await sender.stop();
    },
  };
}

/** Waits until every camera has so much footage, gaps not counted. */
export async function recorded(scene: OneScene, cameras: readonly Camera[], lengthMs: number): Promise<void> {
  for (const camera of cameras) {
    await until(
      `${lengthMs} ms of ${camera.name}`,
      async () => {
        const { recorded } = await scene.timeline(camera);
        return recorded.reduce((sum, one) => sum + one.endMs - one.startMs, 0) >= lengthMs;
      },
      lengthMs + 60_000,
      async () => (await scene.timeline(camera)).gaps,
    );
  }
}
