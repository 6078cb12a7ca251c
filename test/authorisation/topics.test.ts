/**
 * Who is told which event, compared with a table that was written by hand; and what of it. Every type of event is in it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Permission, Principal, Right } from '../../src/accounts/access.ts';
import { localOperator, nobody } from '../../src/accounts/access.ts';
import { somebody } from '../../src/accounts/access.testing.ts';
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { ServerEvent } from '../../src/api/contract/events.ts';
import { EventFeed } from '../../src/api/event-feed.ts';
import { eventRules } from '../../src/api/event-rules.ts';
import { disabledStatus } from '../../src/api/runtime.ts';
import { ManualClock } from '../../src/base/clock.ts';
import type { SystemStatus } from '../../src/api/contract/system-health.ts';
import { recordingPolicySchema } from '../../src/api/contract/recording.ts';

const one = 'cam_0000000000000001';
const other = 'cam_0000000000000002';
const secret = 'rtsp://camera.example:5540/stream';

/** What is needed: a right on the camera, or a permission. `hidden`: what may not be told to who may not change it. */
interface Topic {
  readonly event: ServerEvent;
  readonly right?: Right | 'any';
  readonly permission?: Permission;
  readonly hides?: true;
  /** In whose name one must be there. */
  readonly owner?: string;
}

const status = {
  ...disabledStatus(0),
  state: 'offline' as const,
  reason: `Nothing listens at ${secret}.`,
};
const lastError = `The camera at ${secret} refused.`;
const failing = { ...status, stats: { ...status.stats, lastError } };
const gap = { id: 'gap_1', startMs: 1, endMs: null, cause: 'camera-offline', detail: secret } as const;
const camera = {
  id: one,
  name: 'Door',
  source: { kind: 'rtsp', url: secret, transport: 'auto', verifyTls: true },
  sub: { kind: 'rtsp', url: secret, transport: 'auto', verifyTls: true },
  status: failing,
  subStatus: failing,
  links: { whip: null },
} as unknown as Camera;
const recording = {
  policy: recordingPolicySchema.parse({}),
  state: 'failing',
  reason: `The camera at ${secret} is away.`,
  sinceMs: 1,
  untilMs: null,
  trigger: null,
  counters: {},
} as unknown as Extract<ServerEvent, { type: 'recording.changed' }>['recording'];

const topics: { readonly [Type in ServerEvent['type']]: readonly Topic[] } = {
  reset: [{ event: { type: 'reset' } }],
  'camera.created': [{ event: { type: 'camera.created', camera }, right: 'any', hides: true }],
  'camera.changed': [{ event: { type: 'camera.changed', camera }, right: 'any', hides: true }],
  'camera.deleted': [{ event: { type: 'camera.deleted', cameraId: one }, right: 'any' }],
  'camera.status': [
    {
      event: { type: 'camera.status', cameraId: one, status: failing, subStatus: failing },
      right: 'any',
      hides: true,
    },
  ],
  'recording.changed': [
    { event: { type: 'recording.changed', cameraId: one, recording }, right: 'any', hides: true },
  ],
  'gap.opened': [{ event: { type: 'gap.opened', cameraId: one, gap }, right: 'playback', hides: true }],
  'gap.closed': [{ event: { type: 'gap.closed', cameraId: one, gap }, right: 'playback', hides: true }],
  'recording.damaged': [
    {
      event: {
        type: 'recording.damaged',
        cameraId: one,
        recordingId: 'rec_1',
        startMs: 1,
        endMs: 2,
        damage: 'fragment 3',
      },
      right: 'playback',
    },
  ],
  'settings.changed': [
    { event: settings(null, 'media:read'), permission: 'media:read' },
    { event: settings(null, 'system:read'), permission: 'system:read' },
    { event: settings(one, 'media:read'), permission: 'media:read', right: 'any' },
  ],
  'view.changed': [
    { event: { type: 'view.changed', viewId: 'viw_1', ownerId: null } },
    { event: { type: 'view.changed', viewId: 'viw_1', ownerId: 'usr_maker' }, owner: 'usr_maker' },
  ],
  'view.deleted': [
    { event: { type: 'view.deleted', viewId: 'viw_1', ownerId: null } },
    { event: { type: 'view.deleted', viewId: 'viw_1', ownerId: 'usr_maker' }, owner: 'usr_maker' },
  ],
  'system.status': [
    { event: { type: 'system.status', status: {} as SystemStatus }, permission: 'system:read' },
  ],
};

function settings(cameraId: string | null, permission: 'media:read' | 'system:read'): ServerEvent {
  return { type: 'settings.changed', cameraId, permission, values: { pipEnabled: true }, revision: 1 };
}

const allRights: readonly Right[] = ['live', 'playback', 'export', 'ptz', 'settings', 'publish'];

const maker = somebody('viewer', {}, 'usr_maker');
const keyOfMaker: Principal = { ...maker, kind: 'key', id: 'key_1', issuer: maker };

const askers: readonly Principal[] = [
  ...(['viewer', 'operator'] as const).flatMap((role) => [
    somebody(role, {}, `${role} without grants`),
    somebody(role, { cameras: { [other]: allRights } }, `${role} of the other camera`),
    somebody(role, { every: ['live'] }, `${role} with live everywhere`),
    ...allRights.map((right) => somebody(role, { cameras: { [one]: [right] } }, `${role} with ${right}`)),
  ]),
  somebody('admin'),
  maker,
  keyOfMaker,
  localOperator,
];

/** Reckoned by hand, without asking the policy. */
function isTold({ id, permissions, grants }: Principal, { right, permission, owner }: Topic): boolean {
  const held = [...grants.every, ...(grants.cameras[one] ?? [])];
  if (permission && !permissions.has(permission)) return false;
  if (owner !== undefined && id !== owner && !(owner === maker.id && id === keyOfMaker.id)) return false;
  return right === undefined || (right === 'any' ? held.length > 0 : held.includes(right));
}

function mayChange({ permissions, grants }: Principal): boolean {
  return (
    permissions.has('media:write') && [...grants.every, ...(grants.cameras[one] ?? [])].includes('settings')
  );
}

function listen(feed: EventFeed, who: Principal, lastEventId?: string): string[] {
  const heard: string[] = [];
  const write = (bytes: Uint8Array): boolean => heard.push(Buffer.from(bytes).toString()) > 0;
  assert.ok(feed.listen({ who, write, end: () => undefined }, lastEventId).ok);
  return heard;
}

/** What each of these hears, live and after having been away. */
function told(event: ServerEvent, who: Principal): readonly string[] {
  const feed = new EventFeed(new ManualClock());
  const live = listen(feed, who);
  const [, from = ''] = /^id: (.+)$/m.exec(live[0] ?? '') ?? [];
  feed.publish(event);
  const back = listen(feed, who, from);
  assert.deepEqual(live.slice(1), back, 'whoever comes back hears the same');
  return back;
}

describe('every type of event', () => {
  test('has a rule, and a line in this table', () => {
    assert.deepEqual(Object.keys(eventRules).toSorted(), Object.keys(topics).toSorted());
  });

  for (const [type, lines] of Object.entries(topics)) {
    test(`${type} is told to who may know, and to nobody else`, () => {
      for (const topic of lines) {
        for (const who of askers) {
          const heard = told(topic.event, who);
          assert.equal(heard.length, isTold(who, topic) ? 1 : 0, `${who.id}: ${heard.join()}`);
          if (heard.length === 0 || !topic.hides) continue;
          assert.equal(heard.join().includes('camera.example'), mayChange(who), `${who.id}: ${heard.join()}`);
        }
      }
    });
  }

  test('is told to nobody who is nobody', () => {
    for (const { event } of Object.values(topics).flat()) assert.deepEqual(told(event, nobody), []);
  });

  test('is written down at most twice, however many listen', () => {
    const feed = new EventFeed(new ManualClock());
    const written = new Set<Uint8Array>();
    const write = (bytes: Uint8Array): boolean => written.add(bytes).size > 0;
    const listeners = askers.map((who) => ({ who, write, end: () => undefined }));
    for (const listener of listeners) assert.ok(feed.listen(listener, undefined).ok);
    written.clear();
    feed.publish({ type: 'camera.status', cameraId: one, status: failing, subStatus: null });
    assert.equal(written.size, 2);
  });

  test('that was missed is not known any more once accounts changed', () => {
    const feed = new EventFeed(new ManualClock());
    const [, from = ''] = /^id: (.+)$/m.exec(listen(feed, localOperator)[0] ?? '') ?? [];
    feed.publish({ type: 'camera.deleted', cameraId: one });
    feed.forgetPast();
    assert.match(listen(feed, localOperator, from)[0] ?? '', /"reset"/);
  });
});
