import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hertz, unixMs } from '../../base/units.ts';
import { movieFtyp, moviePieces, movieRoomBytes, piecesBytes } from './movie.ts';
import { readMovie } from './movie.testing.ts';
import type { PlayableTrack } from './playable.ts';
import { SampleTables } from './sample-tables.ts';

const track: PlayableTrack = {
  id: 0,
  clockHz: hertz(48_000),
  codec: {
    kind: 'aac',
    audioSpecificConfig: Uint8Array.of(0x11, 0x90),
    sampleRateHz: 48_000,
    channels: 2,
    codecString: 'mp4a.40.2',
  },
};

const sample = fc.record({
  sizeBytes: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  durationTicks: fc.oneof(fc.constant(1024), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  shift: fc.oneof(fc.constant(0), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  key: fc.boolean(),
});
const chunks = fc.array(
  fc.record({
    offset: fc.integer({ min: 0, max: 2 ** 50 }),
    samples: fc.array(sample, { minLength: 1, maxLength: 5 }),
  }),
  { minLength: 1, maxLength: 60 },
);

test('what the tables say is what was put into them', () => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 0, max: 2 ** 45 }), fc.boolean(), (given, start, waits) => {
      const tables = new SampleTables();
      const expected = [];
      let dts = start;
      for (const { offset, samples } of given) {
        tables.beginChunk(offset);
        let at = offset;
        for (const { sizeBytes, durationTicks, shift, key } of samples) {
          tables.add({ dts, pts: dts + shift, key, sizeBytes });
          const from = dts - start;
          expected.push({ dts: from, pts: from + shift, durationTicks, key, offset: at, sizeBytes });
          dts += durationTicks;
          at += sizeBytes;
        }
      }
      const mediaTicks = tables.finish(expected.at(-1)?.durationTicks ?? 0);
      assert.equal(mediaTicks, dts - start);
      const waitTicks = waits ? 77 : 0;
      const shown = { mediaTicks, waitTicks, fromTicks: 5, shownTicks: 12 };
      const pieces = moviePieces([{ track, tables, ...shown }], unixMs(1_763_000_000_000));
      const read = readMovie(Buffer.concat([movieFtyp(), ...pieces]));
      assert.deepEqual(read.order, ['ftyp', 'moov']);
      assert.deepEqual(read.tracks[0]?.samples, expected);
      const wait = waits ? [{ shownTicks: 77, mediaTicks: -1 }] : [];
      assert.deepEqual(read.tracks[0]?.edits, [...wait, { shownTicks: 12, mediaTicks: 5 }]);
    }),
    { numRuns: 100 },
  );
});

test('a day of sound has tables of a bounded size, for which the room that was left is enough', () => {
  const tables = new SampleTables();
  const [chunkCount, inChunk] = [86_400, 47];
  for (let chunk = 0; chunk < chunkCount; chunk += 1) {
    tables.beginChunk(chunk * 2 ** 22);
    for (let index = 0; index < inChunk; index += 1) {
      const dts = (chunk * inChunk + index) * 1024;
      tables.add({ dts, pts: dts, key: true, sizeBytes: 300 });
    }
  }
  const mediaTicks = tables.finish(1024);
  const shown = { mediaTicks, waitTicks: 0, fromTicks: 0, shownTicks: mediaTicks };
  const bytes = piecesBytes(moviePieces([{ track, tables, ...shown }], unixMs(0)));
  const room = movieRoomBytes([{ track, samples: chunkCount * inChunk, chunks: chunkCount }]);
  assert.ok(bytes <= room, `${bytes} in ${room}`);
  assert.ok(room < 24 * 1024 * 1024);
});
