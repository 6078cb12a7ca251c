/**
 * Settings that change while this server runs. Most parts read the start-up settings whenever they need one, and a change
 * is written there; here is what has to be done besides.
 */
import type { CameraService } from '../api/camera-service.ts';
import type { EventFeed } from '../api/event-feed.ts';
import type { SettingsApi } from '../api/routes/settings.ts';
import { tellSettings } from '../api/settings-events.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import type { LatencyMode } from '../hub/latency.ts';
import type { AddressPolicy } from '../io/net/address-policy.ts';
import { LiveSettings } from '../settings/live/live-settings.ts';
import type { Given } from '../settings/load.ts';
import type { Settings } from '../settings/schema.ts';
import type { HubCameras } from './camera-runtime.ts';

interface SettingsCore {
  readonly clock: Clock;
  readonly log: Log;
  readonly database: Database;
}

/** Before the parts that they are for: what is stored stands in `startup` afterwards. */
export function openSettings(core: SettingsCore, startup: Settings, given: Given): Promise<LiveSettings> {
  const { clock, log, database } = core;
  return LiveSettings.open({ clock, log, queries: database.queries, startup, given });
}

interface Changeable {
  readonly live: LiveSettings;
  readonly feed: EventFeed;
  readonly cameras: CameraService;
  readonly runtime: HubCameras;
  readonly policy: AddressPolicy;
}

/** What parts that are not outputs do about a change, and who is told. */
export function applySettings({ live, feed, cameras, runtime, policy }: Changeable): void {
  live.observe(['networkAllow'], () => policy.allow(live.get('networkAllow')));
  live.keepWithCamera('streamLatencyMode', {
    get: (id) => cameras.get(id)?.latency ?? undefined,
    set: async (id, value) => {
      // Checked by the schema of the setting, which knows the same words.
      const changed = await cameras.change(id, { latency: value as LatencyMode | null });
      return changed.ok ? undefined : changed.error.message;
    },
  });
  live.observe(['streamLatencyMode'], (cameraId) => {
    if (cameraId === null) runtime.latencyChanged();
  });
  tellSettings(live, feed);
}

/** What the routes need. */
export function settingsApi({ live, cameras }: Pick<Changeable, 'live' | 'cameras'>): SettingsApi {
  return { live, cameras };
}
