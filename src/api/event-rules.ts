/**
 * Who is told which event. An event without a rule does not compile.
 *
 * In:  somebody, an event. Out: told in full, told what is left of it, or not told.
 */
import type { Permission, Principal } from '../accounts/access.ts';
import { can, ownerOf } from '../accounts/access.ts';
import type { ServerEvent } from './contract/events.ts';
import type { Action } from './policy.ts';
import { allowed } from './policy.ts';
import { reducedCamera, reducedGap, reducedRecording, reducedStatus, seesAll } from './shown.ts';

type EventType = ServerEvent['type'];
type EventOf<Type extends EventType> = Extract<ServerEvent, { type: Type }>;

interface EventRule<Event> {
  /** What one must be allowed to do. */
  readonly action: Action;
  /** What one must have besides. */
  readonly permissionOf?: (event: Event) => Permission;
  /** The camera it is about; absent: it is about the server. */
  readonly cameraOf?: (event: Event) => string | undefined;
  /** The only one whom it concerns; null: all that may. */
  readonly ownerOf?: (event: Event) => string | null;
  /** What is left of it for who may not change that camera; absent: all. */
  readonly reduced?: (event: Event) => Event;
}

type EventRules = { readonly [Type in EventType]: EventRule<EventOf<Type>> };

const aboutCamera = (event: { readonly cameraId: string }): string => event.cameraId;

const ofView = (event: { readonly ownerId: string | null }): string | null => event.ownerId;

export const eventRules: EventRules = {
  reset: { action: 'events.read' },
  'camera.created': {
    action: 'camera.read',
    cameraOf: ({ camera }) => camera.id,
    reduced: (event) => ({ ...event, camera: reducedCamera(event.camera) }),
  },
  'camera.changed': {
    action: 'camera.read',
    cameraOf: ({ camera }) => camera.id,
    reduced: (event) => ({ ...event, camera: reducedCamera(event.camera) }),
  },
  'camera.deleted': { action: 'camera.read', cameraOf: aboutCamera },
  'camera.status': {
    action: 'camera.read',
    cameraOf: aboutCamera,
    reduced: (event) => ({
      ...event,
      status: reducedStatus(event.status),
      subStatus: event.subStatus && reducedStatus(event.subStatus),
    }),
  },
  'recording.changed': {
    action: 'camera.read',
    cameraOf: aboutCamera,
    reduced: (event) => ({ ...event, recording: reducedRecording(event.recording) }),
  },
  'gap.opened': {
    action: 'camera.replay',
    cameraOf: aboutCamera,
    reduced: (event) => ({ ...event, gap: reducedGap(event.gap) }),
  },
  'gap.closed': {
    action: 'camera.replay',
    cameraOf: aboutCamera,
    reduced: (event) => ({ ...event, gap: reducedGap(event.gap) }),
  },
  'recording.damaged': { action: 'camera.replay', cameraOf: aboutCamera },
  'settings.changed': {
    action: 'settings.read',
    permissionOf: ({ permission }) => permission,
    cameraOf: ({ cameraId }) => cameraId ?? undefined,
  },
  'view.changed': { action: 'view.read', ownerOf: ofView },
  'view.deleted': { action: 'view.read', ownerOf: ofView },
  'system.status': { action: 'health.details' },
};

export type Telling = 'full' | 'reduced' | 'nothing';

export function tellingOf(who: Principal, event: ServerEvent): Telling {
  const rule = ruleOf(event);
  const cameraId = rule.cameraOf?.(event);
  if (!allowed(who, rule.action, cameraId)) return 'nothing';
  const ownerId = rule.ownerOf?.(event) ?? null;
  if (ownerId !== null && ownerOf(who) !== ownerId) return 'nothing';
  const permission = rule.permissionOf?.(event);
  if (permission && !can(who, { permission, ...(cameraId !== undefined && { right: 'any' }) }, cameraId))
    return 'nothing';
  return rule.reduced && cameraId !== undefined && !seesAll(who, cameraId) ? 'reduced' : 'full';
}

export function reducedEvent(event: ServerEvent): ServerEvent {
  return ruleOf(event).reduced?.(event) ?? event;
}

/** The rule of its own type, which the compiler cannot see. */
function ruleOf(event: ServerEvent): EventRule<ServerEvent> {
  return eventRules[event.type] as EventRule<ServerEvent>;
}
