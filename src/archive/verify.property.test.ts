import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { RecordingRow } from '../database/recordings.ts';
import { soundFragment, soundHead, testArchive, testCamera } from './archive.testing.ts';
import { MemoryDisk } from './disk.testing.ts';
import type { Envelopes } from './envelope.ts';
import { newMaster, testEnvelopes } from './seal/seal.testing.ts';
import type { Verdict } from './verify.ts';
import { verifyRecording } from './verify.ts';

const startMs = 1_763_000_000_000;
const master = newMaster();

interface Stored {
  readonly disk: MemoryDisk;
  readonly envelopes: Envelopes;
  readonly row: RecordingRow;
  readonly bytes: Uint8Array;
}

/** A recording of three seconds of sound, about 3 KB. */
async function stored(sealing: boolean): Promise<Stored> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-verify-'));
  const disk = new MemoryDisk(['/mnt/v0']);
  const envelopes = testEnvelopes(master, sealing, disk);
  const rig = await testArchive({ folder, disk, envelopes, paths: ['/mnt/v0'] });
  const writer = rig.archive.write({
    head: soundHead(testCamera, startMs),
    onStored: () => undefined,
    onFailed: ({ message }) => assert.fail(message),
  });
  for (let second = 0; second < 3; second += 1)
    writer.append(soundFragment(startMs + second * 1000, 500, second));
  assert.ok((await writer.close('stopped')).ok);
  const row = await rig.database.queries.selectFrom('recordings').selectAll().executeTakeFirstOrThrow();
  await rig.end();
  await rm(folder, { recursive: true });
  const bytes = disk.durableContent(`/mnt/v0/${row.path}`);
  assert.ok(bytes);
  return { disk, envelopes, row, bytes };
}

/** The verdict when the file holds these bytes instead. */
async function verdictOn({ disk, envelopes, row }: Stored, bytes: Uint8Array): Promise<Verdict> {
  const path = `/mnt/v0/${row.path}`;
  await disk.unlink(path);
  const file = await disk.create(path);
  if (bytes.length > 0) await file.write([bytes], 0);
  await file.close();
  return verifyRecording({ disk, envelopes, volumePath: () => '/mnt/v0' }, row);
}

type Change =
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'cut' | 'double'; at: number; length: number }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'replace'; bytes: Uint8Array };

/** One change of a file: flipped bits, a part cut out, doubled, swapped or put in. */
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat({ max: 7 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({
    kind: fc.constant('double' as const),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 2000 }),
  }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), bytes: fc.uint8Array({ minLength: 1 }) }),
  fc.record({ kind: fc.constant('replace' as const), bytes: fc.uint8Array({ maxLength: 200 }) }),
);

function changed(whole: Uint8Array, how: Change): Uint8Array {
  if (how.kind === 'replace') return how.bytes;
  const at = how.at % whole.length;
  const [before, after] = [whole.subarray(0, at), whole.subarray(at)];
  switch (how.kind) {
    case 'flip': {
      const copy = Uint8Array.from(whole);
      copy[at] = (copy[at] ?? 0) ^ (1 << how.bit);
      return copy;
    }
    case 'cut':
      return Buffer.concat([before, after.subarray(how.length)]);
    case 'double':
      return Buffer.concat([before, after.subarray(0, how.length), after]);
    case 'insert':
      return Buffer.concat([before, how.bytes, after]);
  }
}

describe('a stored recording', () => {
  test('that is sealed is sound only as it was written: any change is found', async () => {
    const file = await stored(true);
    assert.deepEqual(await verdictOn(file, file.bytes), { kind: 'sound', fragments: 3 });
    await fc.assert(
      fc.asyncProperty(change, async (how) => {
        const bytes = changed(file.bytes, how);
        fc.pre(Buffer.compare(bytes, file.bytes) !== 0);
        assert.notEqual((await verdictOn(file, bytes)).kind, 'sound');
      }),
      { numRuns: 300 },
    );
  });

  test('on a volume that is not mounted any more is not called damaged', async () => {
    const file = await stored(true);
    file.disk.unmount('/mnt/v0');
    const parts = { disk: file.disk, envelopes: file.envelopes, volumePath: () => '/mnt/v0' };
    const verdict = await verifyRecording(parts, file.row);
    assert.deepEqual(verdict, {
      kind: 'unchecked',
      cause: 'volume',
      reason: `the volume ${file.row.volume_id} is not there`,
    });
  });

  test('that is plain tells of the same totals as the index, in every bit', async () => {
    const file = await stored(false);
    const text = Buffer.from(file.bytes);
    const [from, to] = [text.lastIndexOf('{'), text.lastIndexOf('}')];
    for (let at = from; at <= to; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const bytes = changed(file.bytes, { kind: 'flip', at, bit });
        assert.notEqual((await verdictOn(file, bytes)).kind, 'sound', `bit ${bit} of byte ${at - from}`);
      }
    }
  });

  test('that is plain is sound only with the media that was written', async () => {
    const file = await stored(false);
    assert.deepEqual(await verdictOn(file, file.bytes), { kind: 'sound', fragments: 3 });
    // The index for players at the end is made of the rest, and stands in no chain.
    const end = Buffer.from(file.bytes).lastIndexOf('mfra') - 4;
    await fc.assert(
      fc.asyncProperty(change, async (how) => {
        const bytes = changed(file.bytes, how);
        fc.pre(Buffer.compare(bytes.subarray(0, end), file.bytes.subarray(0, end)) !== 0);
        assert.notEqual((await verdictOn(file, bytes)).kind, 'sound');
      }),
      { numRuns: 300 },
    );
  });
});
