/** Keys, devices and links: what they may, for how long, and what ends them. Tokens have a file of their own. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { systemRandom } from '../io/random.ts';
import { makeSecretBox } from '../io/secret-box.ts';
import type { Principal } from './access.ts';
import { can, ownerOf, rightsOn } from './access.ts';
import { somebody } from './access.testing.ts';
import type { Machines } from './machines.ts';
import { TestMachines } from './machines.testing.ts';

const door = 'cam_0000000000000001';
const yard = 'cam_0000000000000002';
const watching = { permission: 'media:read', right: 'live' } as const;

let rig: TestMachines;
let machines: Machines;

before(async () => {
  rig = await TestMachines.start();
});
after(() => rig.end());
beforeEach(async () => {
  rig.people.clear();
  rig.people.set('usr_viewer', somebody('viewer', { cameras: { [door]: ['live', 'playback', 'export'] } }));
  machines = await rig.open();
});

function user(): Principal {
  const found = rig.people.get('usr_viewer');
  assert.ok(found);
  return found;
}

async function makeKey(wanted: Partial<Parameters<Machines['keys']['create']>[1]> = {}): Promise<string> {
  const all = {
    name: 'script',
    scopes: ['media:read', 'system:write'] as const,
    grants: null,
    expiresMs: null,
  };
  const made = await machines.keys.create(user(), { ...all, ...wanted });
  assert.ok(made.ok);
  return made.value.key;
}

describe('an API key', () => {
  test('acts for its user, with no scope that the user does not have', async () => {
    const key = await makeKey();
    assert.match(key, /^sl_[0-9a-z]{16}_[\w-]{43}$/);
    const who = machines.keys.check(key);
    assert.ok(who);
    assert.deepEqual([who.kind, [...who.permissions], ownerOf(who)], ['key', ['media:read'], 'usr_viewer']);
    assert.deepEqual(rightsOn(who, door), ['live', 'playback', 'export']);
  });

  test('may be for less than its user, never for more', async () => {
    const who = machines.keys.check(await makeKey({ grants: { every: ['live'], cameras: {} } }));
    assert.ok(who && can(who, watching, door));
    assert.deepEqual([rightsOn(who, door), rightsOn(who, yard)], [['live'], []]);
  });

  test('without any scope that its user has is not made', async () => {
    const made = await machines.keys.create(user(), {
      name: 'x',
      scopes: ['system:write'],
      grants: null,
      expiresMs: null,
    });
    assert.deepEqual(made, { ok: false, error: 'no-scopes' });
  });

  test('loses what its user loses, and works again with the user', async () => {
    const key = await makeKey();
    rig.people.set('usr_viewer', somebody('viewer', { cameras: { [yard]: ['live'] } }));
    const who = machines.keys.check(key);
    assert.ok(who);
    assert.deepEqual([can(who, watching, door), can(who, watching, yard)], [false, true]);
    rig.people.delete('usr_viewer');
    assert.equal(machines.keys.check(key), undefined);
    rig.people.set('usr_viewer', somebody('viewer'));
    assert.ok(machines.keys.check(key));
  });

  test('with one letter changed, cut short or of another id is nobody', async () => {
    const key = await makeKey();
    const other = await makeKey();
    const wrong = [
      key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A'),
      key.slice(0, -1),
      `${key}A`,
      key.slice(0, 20) + other.slice(20),
      '',
      'sl_',
      `sl_${'0'.repeat(16)}_${'A'.repeat(43)}`,
    ];
    for (const text of wrong) assert.equal(machines.keys.check(text), undefined, text);
  });

  test('ends at its time, and when it is deleted', async () => {
    const key = await makeKey({ expiresMs: rig.clock.nowMs() + 1000 });
    const who = machines.keys.check(key);
    assert.equal(who?.expiresMs, rig.clock.nowMs() + 1000);
    rig.clock.advance(1000);
    assert.equal(machines.keys.check(key), undefined);
    const second = await makeKey();
    const id = machines.keys.check(second)?.id ?? '';
    assert.equal(await machines.keys.delete(id), true);
    assert.equal(machines.keys.check(second), undefined);
    assert.equal(await machines.keys.delete(id), false);
  });

  test('is still there after a restart, and its secret stands nowhere', async () => {
    const key = await makeKey();
    machines = await rig.open();
    assert.ok(machines.keys.check(key));
    const rows = await rig.database.queries.selectFrom('api_keys').selectAll().execute();
    const secret = key.split('_')[2] ?? '';
    assert.ok(secret !== '' && !JSON.stringify(rows).includes(secret));
  });

  test('has its use written down at most once a minute', async () => {
    const key = await makeKey();
    const id = machines.keys.check(key)?.id ?? '';
    const firstMs = rig.clock.nowMs();
    rig.clock.advance(59_000);
    machines.keys.check(key);
    assert.equal(machines.keys.get(id)?.usedMs, firstMs);
    rig.clock.advance(1000);
    machines.keys.check(key);
    assert.equal(machines.keys.get(id)?.usedMs, firstMs + 60_000);
  });

  test('is forgotten with its user', async () => {
    await makeKey();
    rig.people.clear();
    rig.changed();
    assert.deepEqual(machines.keys.list(), []);
  });
});

describe('a device account', () => {
  test('has its own grants; its password comes back after a restart and stands nowhere readable', async () => {
    const grants = { every: [], cameras: { [door]: ['live', 'publish'] } } as const;
    const made = await machines.devices.create({ name: 'recorder', grants });
    assert.ok(made.ok);
    const { password } = made.value;
    assert.match(password, /^[0-9a-z]{24}$/);
    machines = await rig.open();
    const found = machines.devices.find('recorder');
    assert.equal(found?.password, password);
    assert.deepEqual(found && rightsOn(found.principal, door), ['live', 'publish']);
    assert.equal(found && can(found.principal, { permission: 'system:write' }), false);
    const rows = await rig.database.queries.selectFrom('device_accounts').selectAll().execute();
    assert.ok(!JSON.stringify(rows).includes(password));
    assert.equal((await machines.devices.delete(made.value.entry.id))?.name, 'recorder');
    assert.equal(machines.devices.find('recorder'), undefined);
    assert.equal(machines.devices.principalOf(made.value.entry.id), undefined);
  });

  test('has a name of its own, also beside those of the configuration', async () => {
    const grants = { every: [], cameras: {} };
    assert.ok((await machines.devices.create({ name: 'nvr', grants, password: 'a long password' })).ok);
    for (const [name, error] of [
      ['nvr', 'taken'],
      ['declared', 'declared'],
    ] as const) {
      assert.deepEqual(await machines.devices.create({ name, grants }), { ok: false, error });
    }
  });

  test('that the configuration hides is told of in the log, and can still be seen and deleted', async () => {
    const grants = { every: [], cameras: {} };
    const made = await machines.devices.create({ name: 'hidden', grants });
    assert.ok(made.ok);
    machines = await rig.open(undefined, ['declared', 'hidden']);
    const [message, fields] = rig.warnings.at(-1) ?? [];
    assert.match(message ?? '', /`rtsp.users` has an entry of the same name/);
    assert.deepEqual(fields, { device: 'hidden' });
    assert.equal(machines.devices.find('hidden')?.password, 'of the file');
    assert.ok(machines.devices.list().some(({ id }) => id === made.value.entry.id));
    assert.ok(await machines.devices.delete(made.value.entry.id));
    assert.equal(machines.devices.find('hidden')?.password, 'of the file');
    machines = await rig.open();
  });

  test('of the configuration may watch and send everywhere, and is not in the list', async () => {
    const found = machines.devices.find('declared');
    assert.deepEqual(found && [found.password, rightsOn(found.principal, yard)], [
      'of the file',
      ['live', 'publish'],
    ]);
    assert.ok(!machines.devices.list().some(({ name }) => name === 'declared'));
    assert.ok(found && machines.devices.principalOf(found.principal.id), 'what it began goes on');
    assert.equal(await machines.devices.delete(found.principal.id), undefined);
  });

  test('whose password was sealed with another secret lets nobody in, and can be deleted', async () => {
    const grants = { every: [], cameras: {} };
    const made = await machines.devices.create({ name: 'old', grants });
    assert.ok(made.ok);
    machines = await rig.open(makeSecretBox(new Uint8Array(32).fill(8), systemRandom));
    assert.equal(machines.devices.find('old'), undefined);
    assert.ok(await machines.devices.delete(made.value.entry.id));
  });
});

describe('a share link', () => {
  const lastsMs = 3_600_000;

  async function share(wanted: { live?: boolean; fromMs?: number; toMs?: number }): Promise<string> {
    const { live = false, fromMs = null, toMs = null } = wanted;
    const made = await machines.shares.create('usr_viewer', {
      cameraId: door,
      live,
      fromMs,
      toMs,
      note: '',
      lastsMs,
    });
    assert.ok(made.ok);
    return made.value.secret;
  }

  test('of the live picture shows that camera and nothing else', async () => {
    const who = machines.shares.check(await share({ live: true }));
    assert.ok(who);
    assert.deepEqual([rightsOn(who, door), rightsOn(who, yard), who.share?.live], [['live'], [], true]);
    assert.equal(ownerOf(who), who.id, 'what it begins is not its maker’s');
  });

  test('of a range shows nothing live', async () => {
    const who = machines.shares.check(await share({ fromMs: 1000, toMs: 2000 }));
    assert.ok(who);
    assert.deepEqual([rightsOn(who, door), who.share?.range], [['playback'], { fromMs: 1000, toMs: 2000 }]);
  });

  test('ends at its time, when it is revoked, and when its maker may not share any more', async () => {
    const [first, second] = [await share({ live: true }), await share({ live: true })];
    const id = machines.shares.check(first)?.id ?? '';
    assert.equal(await machines.shares.delete(id), true);
    assert.equal(machines.shares.check(first), undefined);
    rig.people.set('usr_viewer', somebody('viewer', { cameras: { [door]: ['live'] } }));
    assert.equal(machines.shares.check(second), undefined);
    rig.people.set('usr_viewer', somebody('viewer', { cameras: { [door]: ['live', 'export'] } }));
    assert.ok(machines.shares.check(second));
    rig.clock.advance(lastsMs);
    assert.equal(machines.shares.check(second), undefined);
  });

  test('counts how often it was opened, also over a restart', async () => {
    const secret = await share({ live: true });
    const id = machines.shares.check(secret)?.id ?? '';
    await machines.shares.opened(id);
    await machines.shares.opened(id);
    machines = await rig.open();
    assert.deepEqual(
      [machines.shares.get(id)?.uses, machines.shares.get(id)?.usedMs],
      [2, rig.clock.nowMs()],
    );
  });

  test('with a wrong secret is nobody', async () => {
    const secret = await share({ live: true });
    for (const wrong of ['', secret.slice(1), `${secret}A`, 'A'.repeat(43)])
      assert.equal(machines.shares.check(wrong), undefined);
  });
});
