import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemDisk } from '../disk.ts';
import { systemRandom } from '../../io/random.ts';
import type { Envelope, FilePlace } from '../envelope.ts';
import { preambleBytes } from '../envelope.ts';
import { makeEnvelopes } from './envelopes.ts';
import { KeyRing } from './key-ring.ts';
import type { MasterKey } from './master-key.ts';
import { makeMasterKey } from './master-key.ts';
import { makeRecoveryKey, parseRecoveryKey } from './recovery-key.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sightline-keys-'));
});
after(() => rm(root, { recursive: true }));

const master = makeMasterKey(systemRandom);
let volumes = 0;

async function newPlace(): Promise<FilePlace> {
  const volumePath = join(root, `volume-${volumes++}`);
  await mkdir(volumePath);
  return { volumePath, owner: 'cam_a', day: '2026-11-21' };
}

function ring(...masters: MasterKey[]): KeyRing {
  const [first] = masters;
  const locking = first && { master: first, recovery: undefined };
  return new KeyRing({ disk: systemDisk, unlocking: { masters }, locking, random: systemRandom });
}

const envelopes = (keys: KeyRing) => makeEnvelopes(true, keys, systemRandom);

async function sealed(
  place: FilePlace,
  keys = ring(master),
): Promise<{ envelope: Envelope; stored: Buffer }> {
  const made = await envelopes(keys).create(place, randomBytes(16));
  assert.ok(made.ok, 'no envelope was made');
  const stored = Buffer.concat([
    made.value.preamble,
    made.value.wrap(0, Buffer.from('a picture of the door')),
  ]);
  return { envelope: made.value, stored };
}

async function opened(place: FilePlace, stored: Buffer, keys: KeyRing): Promise<string> {
  const found = await envelopes(keys).open(place, stored.subarray(0, preambleBytes));
  if (!found.ok) return found.error.kind;
  const piece = found.value.unwrap(0, stored.subarray(found.value.preamble.length));
  return piece.ok ? Buffer.from(piece.value).toString() : piece.error;
}

describe('data keys', () => {
  test('are one for each camera and day of a volume, and nobody else may read their files', async () => {
    const place = await newPlace();
    const keys = ring(master);
    const [one, two] = await Promise.all([sealed(place, keys), sealed(place, keys)]);
    const later = await sealed(place);
    const nextDay = await sealed({ ...place, day: '2026-11-22' }, keys);
    const otherCamera = await sealed({ ...place, owner: 'cam_b' }, keys);
    assert.equal(one.envelope.keyId, two.envelope.keyId);
    assert.equal(one.envelope.keyId, later.envelope.keyId);
    assert.equal(new Set([one, nextDay, otherCamera].map(({ envelope }) => envelope.keyId)).size, 3);
    assert.deepEqual(await readdir(join(place.volumePath, 'keys', 'cam_a')), [
      '2026-11-21.json',
      '2026-11-22.json',
    ]);
    const file = join(place.volumePath, 'keys', 'cam_a', '2026-11-21.json');
    assert.equal((await stat(file)).mode & 0o007, 0);
  });

  test('open what they sealed after a restart, and nothing without the master key', async () => {
    const place = await newPlace();
    const { stored } = await sealed(place);
    assert.equal(await opened(place, stored, ring(master)), 'a picture of the door');
    assert.equal(await opened(place, stored, ring()), 'no-key');
    assert.equal(await opened(place, stored, ring(makeMasterKey(systemRandom))), 'no-key');
  });

  test('are not written in the clear', async () => {
    const place = await newPlace();
    const found = await ring(master).forWriting(place);
    assert.ok(found.ok);
    const text = await readFile(join(place.volumePath, 'keys', 'cam_a', '2026-11-21.json'), 'utf8');
    for (const encoding of ['base64', 'base64url', 'hex'] as const)
      assert.ok(!text.includes(Buffer.from(found.value.secret).toString(encoding)));
  });

  test('open with the recovery key alone when they were wrapped for it', async () => {
    const place = await newPlace();
    const { publicKey, text } = makeRecoveryKey();
    const locking = { master, recovery: publicKey };
    const { stored } = await sealed(
      place,
      new KeyRing({ disk: systemDisk, unlocking: { masters: [master] }, locking, random: systemRandom }),
    );
    const recovery = parseRecoveryKey(text);
    assert.ok(recovery.ok);
    const without = (key: typeof recovery.value) =>
      new KeyRing({
        disk: systemDisk,
        unlocking: { masters: [], recovery: key },
        locking: undefined,
        random: systemRandom,
      });
    assert.equal(await opened(place, stored, without(recovery.value)), 'a picture of the door');
    const other = parseRecoveryKey(makeRecoveryKey().text);
    assert.ok(other.ok);
    assert.equal(await opened(place, stored, without(other.value)), 'no-key');
  });

  test('open nothing when their file was renamed to another day or camera', async () => {
    const place = await newPlace();
    const { stored } = await sealed(place);
    const folder = join(place.volumePath, 'keys', 'cam_a');
    await rename(join(folder, '2026-11-21.json'), join(folder, '2026-11-22.json'));
    assert.equal(await opened({ ...place, day: '2026-11-22' }, stored, ring(master)), 'no-key');
  });

  test('gone from their folder, the day is shredded: what is left says so', async () => {
    const place = await newPlace();
    const { stored } = await sealed(place);
    await rm(join(place.volumePath, 'keys', 'cam_a', '2026-11-21.json'));
    const found = await envelopes(ring(master)).open(place, stored);
    assert.ok(!found.ok && found.error.kind === 'no-key');
    assert.match(found.error.message, /cam_a on 2026-11-21 .* no key any more: it was shredded/);
  });

  test('damaged, or of a lost master key, leave room for new recordings and stay beside the new ones', async () => {
    for (const spoil of ['damaged', 'other master'] as const) {
      const place = await newPlace();
      const { stored } = await sealed(place);
      const file = join(place.volumePath, 'keys', 'cam_a', '2026-11-21.json');
      const text = await readFile(file);
      if (spoil === 'damaged') await writeFile(file, text.subarray(0, 100));
      const now = spoil === 'damaged' ? master : makeMasterKey(systemRandom);
      const later = await sealed(place, ring(now));
      assert.equal(await opened(place, later.stored, ring(now)), 'a picture of the door');
      assert.equal(await opened(place, stored, ring(now)), 'no-key');
      const again = await sealed(place, ring(now));
      assert.equal(again.envelope.keyId, later.envelope.keyId);
      await writeFile(file, text);
      assert.equal(await opened(place, stored, ring(now, master)), 'a picture of the door');
    }
  });

  test('that vanished from the disk are not used on from memory: what they seal could never be opened', async () => {
    const place = await newPlace();
    const keys = ring(master);
    const first = await sealed(place, keys);
    await rm(join(place.volumePath, 'keys'), { recursive: true });
    const later = await sealed(place, keys);
    assert.notEqual(later.envelope.keyId, first.envelope.keyId);
    assert.equal(await opened(place, later.stored, ring(master)), 'a picture of the door');
  });

  test('are not made on a volume that is not there', async () => {
    const volumePath = join(root, 'not-mounted');
    const made = await ring(master).forWriting({ volumePath, owner: 'cam_a', day: '2026-11-21' });
    assert.ok(!made.ok && made.error.kind === 'disk-failed');
    await assert.rejects(stat(volumePath));
  });

  test('are never looked for outside their folder', async () => {
    const { volumePath } = await newPlace();
    for (const [owner, day] of [
      ['../keys', '2026-11-21'],
      ['cam_a', '../2026'],
      ['', '2026-11-21'],
    ] as const) {
      const found = await ring(master).forWriting({ volumePath, owner, day });
      assert.ok(!found.ok && found.error.kind === 'damaged');
    }
    assert.deepEqual(await readdir(volumePath), []);
  });
});

describe('a stored file', () => {
  test('is plain when it does not begin like a sealed one, whatever is set', async () => {
    const place = await newPlace();
    const found = await envelopes(ring(master)).open(place, Buffer.from('\0\0\0\x18ftypisom'));
    assert.ok(found.ok && found.value.keyId === null);
    const created = await makeEnvelopes(false, ring(master), systemRandom).create(place, randomBytes(16));
    assert.ok(created.ok && created.value.keyId === null);
  });

  test('with any bit of its preamble flipped does not open', async () => {
    const place = await newPlace();
    const { stored } = await sealed(place);
    const keys = ring(master);
    for (let bit = 0; bit < 60 * 8; bit++) {
      const spoilt = Buffer.from(stored);
      spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.notEqual(await opened(place, spoilt, keys), 'a picture of the door', `bit ${bit}`);
    }
  });
});
