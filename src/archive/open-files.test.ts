import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { MemoryDisk } from './disk.testing.ts';
import { OpenFiles } from './open-files.ts';

async function makeRig(count: number) {
  const disk = new MemoryDisk(['/v']);
  for (let index = 0; index < count; index += 1) {
    const file = await disk.create(`/v/${index}`);
    await file.write([Uint8Array.of(1, 2, 3, index % 256)], 0);
  }
  let opens = 0;
  disk.meddle = ({ kind }) => void (kind === 'open' && (opens += 1));
  const clock = new ManualClock();
  return { disk, clock, files: new OpenFiles(disk, clock), opens: () => opens };
}

describe('files that are read', () => {
  test('are opened once for all who read them, and for those who come soon after', async () => {
    const { files, clock, opens } = await makeRig(1);
    const [first, second] = await Promise.all([files.open('v', '/v/0'), files.open('v', '/v/0')]);
    assert.ok(first.ok && second.ok);
    const read = await second.value.read(1, 10);
    assert.deepEqual(read.ok && [...read.value], [2, 3, 0]);
    first.value.release();
    first.value.release();
    second.value.release();
    clock.advance(10_000);
    const third = await files.open('v', '/v/0');
    assert.ok(third.ok);
    assert.equal(opens(), 1);
    third.value.release();
    clock.advance(30_000);
    await files.open('v', '/v/0');
    assert.equal(opens(), 2);
  });

  test('stay open for their readers when they are deleted; a new reader finds nothing', async () => {
    const { files, disk } = await makeRig(1);
    const open = await files.open('v', '/v/0');
    assert.ok(open.ok);
    files.forget('/v/0');
    await disk.unlink('/v/0');
    const read = await open.value.read(0, 4);
    assert.ok(read.ok && read.value.length === 4);
    const again = await files.open('v', '/v/0');
    assert.ok(!again.ok && again.error.kind === 'gone');
    open.value.release();
  });

  test('are so many at most: idle ones give way, and then it says busy', async () => {
    const { files } = await makeRig(258);
    const idle = await files.open('v', '/v/0');
    assert.ok(idle.ok);
    idle.value.release();
    for (let index = 1; index <= 256; index += 1) assert.ok((await files.open('v', `/v/${index}`)).ok);
    const refused = await files.open('v', '/v/257');
    assert.ok(!refused.ok && refused.error.kind === 'busy');
  });

  test('that the disk cannot read give a fault that names them', async () => {
    const { files, disk } = await makeRig(1);
    const open = await files.open('v', '/v/0');
    assert.ok(open.ok);
    disk.meddle = ({ kind }) => (kind === 'read' ? { kind: 'error', code: 'EIO' } : undefined);
    const read = await open.value.read(0, 4);
    assert.ok(!read.ok && read.error.kind === 'disk-failed');
    assert.match(read.error.message, /\/v\/0/);
  });
});
