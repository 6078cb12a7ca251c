/**
 * Changed settings as events: one for each permission to read, so that a listener is told all of an event or nothing.
 */
import type { LiveSettings, SettingsChanged } from '../settings/live/live-settings.ts';
import { definitionOf } from '../settings/live/registry.ts';
import type { SettingsEvent } from './contract/events.ts';
import type { EventFeed } from './event-feed.ts';

export function tellSettings(live: LiveSettings, feed: Pick<EventFeed, 'publish'>): void {
  live.onChange((changed) => {
    for (const event of settingsEvents(changed)) feed.publish(event);
  });
}

function settingsEvents({ cameraId, values, revision }: SettingsChanged): SettingsEvent[] {
  return (['media:read', 'system:read'] as const).flatMap((permission) => {
    const told = Array.from(values).filter(([key]) => definitionOf(key).read === permission);
    if (told.length === 0) return [];
    return [{ type: 'settings.changed', cameraId, permission, values: Object.fromEntries(told), revision }];
  });
}
