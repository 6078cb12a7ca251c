import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { systemRandom } from '../io/random.ts';
import { MemoryDisk } from './disk.testing.ts';
import { newId } from './ids.ts';
import type { Volume, VolumePlace } from './volumes.ts';
import { Volumes } from './volumes.ts';

interface Rig {
  readonly disk: MemoryDisk;
  readonly clock: ManualClock;
  /** What the database knows. */
  readonly known: Map<string, Volume>;
}

const makeRig = (folders: readonly string[]): Rig => ({
  disk: new MemoryDisk(folders),
  clock: new ManualClock(),
  known: new Map(),
});

async function start({ disk, clock, known }: Rig, places: readonly VolumePlace[]): Promise<Volumes> {
  const volumes = new Volumes({
    places,
    disk,
    clock,
    log: silentLog,
    memory: {
      list: async () => [...known.values()],
      put: async ({ id, path }) => void known.set(id, { id, path }),
    },
    newId: () => newId('vol', systemRandom),
    onLooked: () => undefined,
  });
  await volumes.start();
  return volumes;
}

async function put(disk: MemoryDisk, path: string, bytes = new Uint8Array(1)): Promise<void> {
  const file = await disk.create(path);
  await file.write([bytes], 0);
}

const states = (volumes: Volumes): readonly string[] => volumes.list().map(({ state }) => state);

describe('a folder for footage', () => {
  test('that is empty and was never seen gets an identity, and keeps it', async () => {
    const rig = makeRig(['/a']);
    const first = await start(rig, [{ path: '/a' }]);
    assert.deepEqual(states(first), ['ready']);
    await first.close();
    const second = await start(rig, [{ path: '/a' }]);
    assert.deepEqual(second.list(), first.list());
  });

  test('has to exist, unless it is one of our own', async () => {
    const rig = makeRig(['/data']);
    const volumes = await start(rig, [{ path: '/mnt/nas' }, { path: '/data/recordings', make: true }]);
    assert.deepEqual(states(volumes), ['missing', 'ready']);
    assert.match(volumes.list()[0]?.reason ?? '', /mounted/);
    rig.disk.unmount('/data');
    await volumes.look();
    assert.deepEqual(states(volumes), ['missing', 'missing'], 'it was there before: not made again');
    assert.deepEqual(rig.disk.files('/data'), []);
  });

  test('with things of others in it is refused', async () => {
    const rig = makeRig(['/home']);
    await put(rig.disk, '/home/letter.txt');
    const volumes = await start(rig, [{ path: '/home' }]);
    assert.deepEqual(states(volumes), ['failed']);
    assert.equal(volumes.choose(), undefined);
    assert.deepEqual(rig.disk.files('/home'), ['/home/letter.txt']);
  });

  test('that is another disk than before is refused, and taken when the right one is back', async () => {
    const rig = makeRig(['/a', '/b']);
    const volumes = await start(rig, [{ path: '/a' }]);
    const { id } = volumes.list()[0]!;
    rig.disk.unmount('/a');
    await rig.disk.replaceSmall(
      '/a/sightline-volume.json',
      JSON.stringify({ format: 'sightline-volume', version: 1, id: newId('vol', systemRandom) }),
    );
    await volumes.look();
    assert.deepEqual(states(volumes), ['missing']);
    assert.equal(await volumes.isRight(id), false);
    rig.disk.mount('/a');
    await volumes.look();
    assert.deepEqual(states(volumes), ['ready']);
    assert.equal(await volumes.isRight(id), true);
  });

  test('that moved is known by its identity', async () => {
    const rig = makeRig(['/a', '/b']);
    const first = await start(rig, [{ path: '/a' }]);
    const { id } = first.list()[0]!;
    await first.close();
    await rig.disk.replaceSmall(
      '/b/sightline-volume.json',
      new TextDecoder().decode(rig.disk.content('/a/sightline-volume.json')),
    );
    const second = await start(rig, [{ path: '/b' }]);
    assert.equal(second.find(id)?.path, '/b');
    assert.equal(rig.known.get(id)?.path, '/b');
    await second.close();
    const both = await start(rig, [{ path: '/b' }, { path: '/a' }]);
    assert.deepEqual(states(both), ['ready', 'failed'], 'the same volume twice is one');
  });

  test('with footage that the database does not know is left to `reindex`', async () => {
    const rig = makeRig(['/a']);
    await (await start(rig, [{ path: '/a' }])).close();
    await rig.disk.makeFolder('/a/cam_0000000000000000');
    rig.known.clear();
    const volumes = await start(rig, [{ path: '/a' }]);
    assert.deepEqual(states(volumes), ['failed']);
    assert.match(volumes.list()[0]?.reason ?? '', /reindex/);
  });

  test('that got its identity just before the server died is taken', async () => {
    const rig = makeRig(['/a']);
    await (await start(rig, [{ path: '/a' }])).close();
    rig.known.clear();
    assert.deepEqual(states(await start(rig, [{ path: '/a' }])), ['ready']);
    assert.equal(rig.known.size, 1);
  });

  test('that does not answer is failed until it does, and holds up no other', async () => {
    const rig = makeRig(['/a', '/b']);
    const volumes = await start(rig, [{ path: '/a' }, { path: '/b' }]);
    const answer = Promise.withResolvers<void>();
    rig.disk.meddle = ({ path }) =>
      path.startsWith('/a/') ? { kind: 'slow', until: answer.promise } : undefined;
    const looking = volumes.look();
    await new Promise((resolve) => setImmediate(resolve));
    rig.clock.advance(5000);
    await looking;
    assert.deepEqual(states(volumes), ['failed', 'ready']);
    assert.equal(volumes.choose()?.path, '/b');
    answer.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(states(volumes), ['ready', 'ready']);
  });

  test('is trusted again after a failure when it takes a trial write', async () => {
    const rig = makeRig(['/a']);
    const volumes = await start(rig, [{ path: '/a' }]);
    volumes.markFailed(volumes.list()[0]!.id, 'Writing failed');
    rig.disk.meddle = ({ kind }) => (kind === 'write' ? { kind: 'error', code: 'EIO' } : undefined);
    await volumes.look();
    assert.deepEqual(states(volumes), ['failed']);
    rig.disk.meddle = () => undefined;
    await volumes.look();
    assert.deepEqual(states(volumes), ['ready']);
    assert.deepEqual(rig.disk.files('/a'), ['/a/sightline-volume.json']);
  });
});

test('the volume with the most free part of it is chosen; a full one only when all are', async () => {
  const rig = makeRig(['/a', '/b']);
  const free = new Map([
    ['/a', 500e9],
    ['/b', 800e9],
  ]);
  rig.disk.space = async (path) => ({ freeBytes: free.get(path) ?? 0, totalBytes: 1000e9 });
  const volumes = await start(rig, [{ path: '/a' }, { path: '/b' }]);
  assert.equal(volumes.choose()?.path, '/b');
  free.set('/b', 1e6);
  await volumes.look();
  assert.deepEqual(states(volumes), ['ready', 'full']);
  assert.equal(volumes.choose()?.path, '/a');
  free.set('/a', 5e5);
  await volumes.look();
  assert.equal(volumes.choose()?.path, '/b');
});

describe('places that change', () => {
  test('keep what is known of those that stay; nothing new goes to one that is given up', async () => {
    const rig = makeRig(['/a', '/b']);
    const volumes = await start(rig, [{ path: '/a' }]);
    const [a] = volumes.list();
    const chosenMeanwhile: (string | undefined)[] = [];
    const asked: string[] = [];
    const kept = await volumes.changePlaces([{ path: '/b' }], async ({ id, path }) => {
      asked.push(path);
      chosenMeanwhile.push(volumes.choose()?.path);
      return (await volumes.isRight(id)) ? undefined : 'not right any more';
    });
    assert.deepEqual(kept, { path: '/a', holds: 'not right any more' });
    assert.deepEqual(asked, ['/a', '/a']);
    assert.deepEqual(chosenMeanwhile, ['/a', undefined], 'the second time it is left alone');
    assert.deepEqual(volumes.list(), [a]);
    assert.equal(volumes.choose()?.path, '/a', 'a refusal leaves it in use');

    assert.equal(await volumes.changePlaces([{ path: '/b' }, { path: '/a' }], async () => 'all'), undefined);
    assert.deepEqual(states(volumes), ['ready', 'ready']);
    assert.equal(volumes.list()[1]?.id, a?.id);
    assert.equal(await volumes.changePlaces([{ path: '/b' }], async () => undefined), undefined);
    assert.equal(volumes.find(a?.id ?? ''), undefined);
    assert.equal(await volumes.isRight(a?.id ?? ''), false);
    await volumes.close();
  });
});
