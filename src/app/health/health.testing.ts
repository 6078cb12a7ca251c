/**
 * The health of a test server: its own parts, with an archive in a temporary folder.
 */
import { testArchive } from '../../archive/archive.testing.ts';
import type { MadeFirst } from '../../api/testing.ts';
import { silentLog } from '../../base/log.ts';
import { MediaWorker } from '../../processing/media-worker.ts';
import { settingsSchema } from '../../settings/schema.ts';
import type { SystemHealth } from './system-health.ts';
import { startSystemHealth } from './system-health.ts';

export interface TestHealth {
  readonly health: SystemHealth;
  close(): Promise<void>;
}

export async function testHealth(made: MadeFirst): Promise<TestHealth> {
  const stored = await testArchive();
  const { clock, runtime, cameras, database, feed } = made;
  const media = new MediaWorker({ clock, log: silentLog });
  const health = startSystemHealth(
    {
      clock,
      log: silentLog,
      database,
      feed,
      cameras,
      archive: stored.archive,
      hub: runtime.hub,
      recordings: runtime.recordings,
      retention: { shortages: () => [] },
    },
    {
      workers: { media, webrtc: () => [] },
      https: { state: () => ({ kind: 'off' }), certificate: () => undefined },
      storage: settingsSchema.parse({}).storage,
      startedMs: clock.nowMs(),
    },
  );
  const close = async (): Promise<void> => {
    await health.close();
    await media.close();
    await stored.end();
  };
  return { health, close };
}
