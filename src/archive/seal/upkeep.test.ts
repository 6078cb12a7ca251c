import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Random } from '../../io/random.ts';
import { systemDisk } from '../disk.ts';
import { systemRandom } from '../../io/random.ts';
import type { DataKey } from './data-key.ts';
import { KeyRing } from './key-ring.ts';
import { makeMasterKey, masterKeyText } from './master-key.ts';
import type { MasterKeySource } from './master-key-source.ts';
import { readMasterKeys, writeMasterKeys } from './master-key-source.ts';
import { readRecoveryFile } from './recovery-file.ts';
import { parseRecoveryKey } from './recovery-key.ts';
import type { KeyPlaces } from './upkeep.ts';
import { countKeys, rotateMasterKey, setUpRecovery, shredDay } from './upkeep.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightline-upkeep-'));
});
after(() => rm(root, { recursive: true }));

interface House extends KeyPlaces {
  readonly source: Extract<MasterKeySource, { kind: 'file' }>;
}

interface Kept {
  readonly volumePath: string;
  readonly owner: string;
  readonly day: string;
  readonly key: DataKey;
}

let houses = 0;
const days = ['2026-11-20', '2026-11-21'];

/** Two volumes, two cameras, two days: eight data keys. */
async function house(): Promise<{ places: House; kept: Kept[] }> {
  const data = join(root, `house-${houses++}`);
  const volumes = [join(data, 'disk-a'), join(data, 'disk-b')];
  for (const volume of volumes) await mkdir(volume, { recursive: true });
  const master = makeMasterKey(systemRandom);
  await writeMasterKeys(join(data, 'master.key'), [master]);
  const locking = { master, recovery: undefined };
  const ring = new KeyRing({
    disk: systemDisk,
    unlocking: { masters: [master] },
    locking,
    random: systemRandom,
  });
  const kept: Kept[] = [];
  for (const volumePath of volumes) {
    for (const owner of ['cam_a', 'cam_b']) {
      for (const day of days) {
        const key = await ring.forWriting({ volumePath, owner, day });
        assert.ok(key.ok);
        kept.push({ volumePath, owner, day, key: key.value });
      }
    }
  }
  return { kept, places: placesIn(data) };
}

function placesIn(data: string, random: Random = systemRandom): House {
  const volumes = [join(data, 'disk-a'), join(data, 'disk-b')];
  const source = { kind: 'file', path: join(data, 'master.key') } as const;
  return { disk: systemDisk, source, recoveryFile: join(data, 'recovery-key.json'), volumes, random };
}

async function mastersOf({ source }: KeyPlaces) {
  const masters = await readMasterKeys(source);
  assert.ok(masters.ok, masters.ok ? '' : masters.error.message);
  return masters.value;
}

/** How many of the data keys open with what the installation has now. */
async function opening(places: KeyPlaces, kept: readonly Kept[]): Promise<number> {
  const unlocking = { masters: await mastersOf(places) };
  const ring = new KeyRing({ disk: systemDisk, unlocking, locking: undefined, random: systemRandom });
  let count = 0;
  for (const place of kept) {
    const found = await ring.find(place, place.key.id);
    if (found.ok && Buffer.compare(found.value.secret, place.key.secret) === 0) count += 1;
  }
  return count;
}

describe('a new master key', () => {
  test('opens everything, and the old one nothing any more', async () => {
    const { places, kept } = await house();
    const [old] = await mastersOf(places);
    const done = await rotateMasterKey(places);
    assert.ok(done.ok);
    assert.deepEqual(
      { ...done.value, to: '' },
      { wrapped: 8, changed: 8, unopened: [], from: [old.id], to: '', olderKept: 'no' },
    );
    assert.deepEqual(
      (await mastersOf(places)).map(({ id }) => id),
      [done.value.to],
    );
    assert.equal(await opening(places, kept), 8);
    await writeMasterKeys(places.source.path, [old]);
    assert.equal(await opening(places, kept), 0);
  });

  test('may be interrupted anywhere: everything opens at any moment, and the next go ends it', async () => {
    const { places, kept } = await house();
    const start = join(places.source.path, '..');
    for (let calls = 0; calls <= 9; calls += 1) {
      const copy = join(root, `interrupted-${calls}`);
      await cp(start, copy, { recursive: true });
      const here = kept.map((one) => ({ ...one, volumePath: one.volumePath.replace(start, copy) }));
      let left = calls;
      const dying: Random = (bytes) => {
        left -= 1;
        if (left < 0) throw new Error('power cut');
        return randomBytes(bytes);
      };
      const places1 = placesIn(copy, dying);
      // After the last wrap, and before the old key is forgotten: one more volume, which cannot be read.
      await writeFile(join(copy, 'no-folder'), '');
      const volumes = [...places1.volumes, join(copy, 'no-folder')];
      await assert.rejects(rotateMasterKey({ ...places1, volumes }), /power cut|ENOTDIR/);
      assert.equal(await opening(places1, here), 8, `after ${calls}`);
      const again = await rotateMasterKey(placesIn(copy));
      assert.ok(again.ok && again.value.olderKept === 'no' && again.value.wrapped === 8);
      assert.equal((await mastersOf(places1)).length, 1);
      assert.equal(await opening(places1, here), 8);
    }
  });

  test('leaves the old one where a key file could not be read: a backup of it may need it', async () => {
    const { places, kept } = await house();
    const spoilt = join(places.volumes[0] ?? '', 'keys', 'cam_a', '2026-11-20.json');
    const whole = await readFile(spoilt);
    await writeFile(spoilt, 'not a key');
    const done = await rotateMasterKey(places);
    assert.ok(done.ok && done.value.olderKept === 'needed');
    assert.deepEqual(done.value.unopened, [spoilt]);
    await writeFile(spoilt, whole);
    assert.equal(await opening(places, kept), 8);
    const again = await rotateMasterKey(places);
    assert.ok(again.ok && again.value.olderKept === 'no' && again.value.changed === 1);
    assert.equal(await opening(places, kept), 8);
  });

  test('that comes from outside has to be given together with the old one', async () => {
    const { places, kept } = await house();
    const [old] = await mastersOf(places);
    const only = await rotateMasterKey({
      ...places,
      source: { kind: 'environment', text: masterKeyText([old]) },
    });
    assert.ok(!only.ok);
    assert.match(only.error, /give a new key .* and, after it, the old one; then run this again/);
    const text = masterKeyText([makeMasterKey(systemRandom), old]);
    const both = { ...places, source: { kind: 'environment', text } as const };
    const done = await rotateMasterKey(both);
    assert.ok(done.ok && done.value.olderKept === 'by-hand' && done.value.changed === 8);
    const [newest] = await mastersOf(both);
    await writeMasterKeys(places.source.path, [newest]);
    assert.equal(await opening(places, kept), 8);
  });
});

describe('a recovery key', () => {
  test('opens every day of the past and of the future, and outlives a new master key', async () => {
    const { places, kept } = await house();
    let text = '';
    const made = await setUpRecovery(places, false, async (shown) => void (text = shown));
    assert.ok(made.ok && made.value.made && made.value.changed === 8);
    const rotated = await rotateMasterKey(places);
    assert.ok(rotated.ok);
    const masters = await mastersOf(places);
    const recovery = await readRecoveryFile(places.recoveryFile, masters);
    assert.ok(recovery.ok && recovery.value);
    const locking = { master: masters[0], recovery: recovery.value };
    const server = new KeyRing({ disk: systemDisk, unlocking: { masters }, locking, random: systemRandom });
    const later = { volumePath: places.volumes[0] ?? '', owner: 'cam_a', day: '2026-11-22' };
    const key = await server.forWriting(later);
    assert.ok(key.ok);
    const parsed = parseRecoveryKey(` ${text}\n`);
    assert.ok(parsed.ok);
    const unlocking = { masters: [], recovery: parsed.value };
    const rescue = new KeyRing({ disk: systemDisk, unlocking, locking: undefined, random: systemRandom });
    for (const place of [...kept, { ...later, key: key.value }]) {
      const found = await rescue.find(place, place.key.id);
      assert.ok(found.ok);
      assert.deepEqual(Buffer.from(found.value.secret), Buffer.from(place.key.secret));
    }
    assert.ok(!(await readFile(places.recoveryFile, 'utf8')).includes(text.slice(-20)));
  });

  test('is kept when there is one, and missing wraps are made', async () => {
    const { places } = await house();
    let shown = 0;
    const show = async () => void (shown += 1);
    await assert.rejects(
      setUpRecovery({ ...places, random: () => assert.fail('power cut') }, false, show),
      /power cut/,
    );
    const again = await setUpRecovery(places, false, show);
    assert.ok(again.ok && !again.value.made && again.value.changed === 8);
    assert.equal(shown, 1);
    const replaced = await setUpRecovery(places, true, show);
    assert.ok(replaced.ok && replaced.value.made && replaced.value.changed === 8);
    assert.equal(shown, 2);
  });

  test('of a stranger, put in its place, is not used', async () => {
    const { places } = await house();
    const other = await house();
    assert.ok((await setUpRecovery(other.places, false, async () => undefined)).ok);
    await cp(other.places.recoveryFile, places.recoveryFile);
    const read = await readRecoveryFile(places.recoveryFile, await mastersOf(places));
    assert.ok(!read.ok);
    assert.match(read.error, /was not written by this server/);
  });
});

describe('shredding', () => {
  test("takes one camera's day from all volumes, and nothing else", async () => {
    const { places, kept } = await house();
    assert.equal(await shredDay(systemDisk, places.volumes, { owner: 'cam_a', day: '2026-11-20' }), 2);
    assert.equal(await opening(places, kept), 6);
    const [master] = await mastersOf(places);
    const counts = await countKeys(
      systemDisk,
      places.volumes,
      { masters: [master] },
      { master, recovery: undefined },
    );
    assert.deepEqual(
      counts.map(({ dataKeys, upToDate, unopened }) => [dataKeys, upToDate, unopened]),
      [
        [3, 3, 0],
        [3, 3, 0],
      ],
    );
  });
});
