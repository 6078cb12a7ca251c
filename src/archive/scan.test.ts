import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { soundFragment, soundHead, testCamera } from './archive.testing.ts';
import { MemoryDisk } from './disk.testing.ts';
import { plainEnvelope } from './envelope.ts';
import { RecordingFile } from './recording-file.ts';
import { headPiece } from './recording-format.ts';
import type { ScannedFile } from './scan.ts';
import { scanFile } from './scan.ts';
import { writeInit } from '../media/mp4/init.ts';

const startMs = 1_763_000_000_000;
const path = '/v/recording.mp4';
const head = soundHead(testCamera, startMs);
const init = writeInit(head.tracks);
assert.ok(init.ok);

interface Made {
  readonly bytes: Uint8Array;
  /** Where each piece begins, and where the last ends. */
  readonly bounds: readonly number[];
}

/** A file of four seconds with its end. */
async function make(): Promise<Made> {
  const disk = new MemoryDisk(['/v']);
  const piece = headPiece('rec_0000000000000000', head, init.ok ? init.value : new Uint8Array());
  const options = {
    disk,
    path,
    envelope: plainEnvelope,
    headPiece: piece,
    startMs: head.startMs,
    trackId: 1,
  };
  const file = await RecordingFile.create(options);
  for (let second = 0; second < 4; second += 1) {
    await file.write([file.prepare(soundFragment(startMs + second * 1000, 300, second))]);
  }
  const bounds = [0, ...file.table.map(({ offsetBytes }) => offsetBytes), file.bytes];
  await file.writeEnd('rotated');
  return { bytes: disk.content(path) ?? new Uint8Array(), bounds: [...bounds, file.bytes] };
}

const made = await make();

async function scan(bytes: Uint8Array, through = false): Promise<ScannedFile> {
  const disk = new MemoryDisk(['/v']);
  const file = await disk.create(path);
  await file.write([bytes], 0);
  return scanFile(disk, path, plainEnvelope, { through });
}

describe('a file that is read piece by piece', () => {
  test('says everything about itself when it is whole', async () => {
    const pieces: number[] = [];
    const disk = new MemoryDisk(['/v']);
    const file = await disk.create(path);
    await file.write([made.bytes], 0);
    const scanned = await scanFile(disk, path, plainEnvelope, {
      onPiece: (piece) => void pieces.push(piece.length),
    });
    assert.deepEqual(scanned.faults, []);
    assert.equal(scanned.fragments.length, 4);
    assert.deepEqual(scanned.head?.head, head);
    assert.equal(scanned.end?.reason, 'rotated');
    assert.equal(scanned.end.endMs, startMs + 4000);
    assert.deepEqual(
      pieces,
      made.bounds.slice(1).map((bound, index) => bound - (made.bounds[index] ?? 0)),
    );
  });

  test('cut off anywhere, is whole up to the last piece that is all there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(made.bytes.length - 1), async (length) => {
        const scanned = await scan(made.bytes.subarray(0, length));
        const whole = made.bounds.findLast((bound) => bound <= length) ?? 0;
        assert.equal(scanned.wholeBytes, whole);
        assert.equal(scanned.fragments.length, Math.max(0, made.bounds.indexOf(whole) - 1));
        assert.equal(scanned.end, undefined);
        assert.equal(scanned.faults[0]?.offsetBytes, whole);
      }),
      { numRuns: 60 },
    );
  });

  test('with any byte changed, is not taken for sound, and the place is named', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(made.bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const bytes = made.bytes.slice();
        bytes[at] = (bytes[at] ?? 0) ^ mask;
        const scanned = await scan(bytes);
        const piece = made.bounds.findLastIndex((bound) => bound <= at);
        if (piece === 5) return; // the end has nothing that vouches for the index for players
        assert.ok(scanned.faults.length > 0);
        assert.ok((scanned.faults[0]?.piece ?? 9) <= Math.max(1, piece));
      }),
      { numRuns: 150 },
    );
  });

  test('is read on behind a damaged fragment when that is asked for', async () => {
    const bytes = made.bytes.slice();
    const at = (made.bounds[3] ?? 0) - 200; // in the media of the second fragment
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const scanned = await scan(bytes, true);
    assert.deepEqual(
      scanned.faults.map(({ piece }) => piece),
      [2],
    );
    assert.equal(scanned.fragments.length, 4);
    assert.equal(scanned.end?.reason, 'rotated');
  });

  test('names what follows the end', async () => {
    const scanned = await scan(Buffer.concat([made.bytes, new Uint8Array(100)]));
    assert.equal(scanned.end?.reason, 'rotated');
    assert.match(scanned.faults[0]?.reason ?? '', /100 bytes follow/);
  });

  test('may be anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const scanned = await scan(bytes);
        assert.equal(scanned.head, undefined);
        assert.equal(scanned.faults.length, 1);
      }),
      { numRuns: 100 },
    );
  });
});
