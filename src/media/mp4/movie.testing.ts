/**
 * For tests: a progressive MP4 file as a list of samples, read the slow and obvious way.
 */
import assert from 'node:assert/strict';
import type { Box } from './box-reader.ts';
import { FieldReader, findBox, innerBoxes, readBoxes } from './box-reader.ts';

interface ReadSample {
  readonly dts: number;
  readonly pts: number;
  readonly durationTicks: number;
  readonly key: boolean;
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface ReadMovieTrack {
  readonly id: number;
  readonly timescaleHz: number;
  readonly samples: readonly ReadSample[];
  /** `mediaTicks` is -1 where nothing is shown. */
  readonly edits: readonly { readonly shownTicks: number; readonly mediaTicks: number }[];
}

export interface ReadMovie {
  /** Types of the boxes of the file, in their order. */
  readonly order: readonly string[];
  readonly tracks: readonly ReadMovieTrack[];
}

/** Asserts that the file is whole. */
export function readMovie(bytes: Uint8Array): ReadMovie {
  const { boxes, wholeEnd } = readBoxes(bytes);
  assert.equal(wholeEnd, bytes.length, 'boxes fill the file');
  const moov = boxes.find(({ type }) => type === 'moov');
  assert.ok(moov);
  const traks = innerBoxes(bytes, moov).filter(({ type }) => type === 'trak');
  return { order: boxes.map(({ type }) => type), tracks: traks.map((trak) => readTrak(bytes, trak)) };
}

function readTrak(bytes: Uint8Array, trak: Box): ReadMovieTrack {
  const field = (offset: number, ...path: string[]): number => {
    const box = findBox(bytes, trak, ...path);
    assert.ok(box);
    return new FieldReader(bytes, box.contentOffset + offset, box.endOffset).u32();
  };
  const id = field(20, 'tkhd');
  const timescaleHz = field(20, 'mdia', 'mdhd');
  return { id, timescaleHz, samples: readSamples(bytes, trak), edits: readEdits(bytes, trak) };
}

function readSamples(bytes: Uint8Array, trak: Box): ReadSample[] {
  const table = (type: string, columns: number, skip = 0): number[][] | undefined => {
    const box = findBox(bytes, trak, 'mdia', 'minf', 'stbl', type);
    if (!box) return undefined;
    const fields = new FieldReader(bytes, box.contentOffset + 4 + skip, box.endOffset);
    const count = fields.u32();
    const rows = Array.from({ length: count }, () => Array.from({ length: columns }, () => fields.u32()));
    assert.ok(!fields.failed && fields.offset === box.endOffset, `${type} has as many rows as it says`);
    return rows;
  };
  const sizes = (table('stsz', 1, 4) ?? []).map(([size = 0]) => size);
  const durations = runs(table('stts', 2) ?? []);
  const shifts = runs(table('ctts', 2) ?? []).map((shift) => shift | 0);
  const keys = table('stss', 1)?.map(([number]) => number);
  const chunks = (table('co64', 2) ?? []).map(([high = 0, low = 0]) => high * 2 ** 32 + low);
  const offsets = placesOf(chunks, table('stsc', 3) ?? [], sizes);
  assert.equal(durations.length, sizes.length);
  assert.equal(offsets.length, sizes.length);
  let dts = 0;
  return sizes.map((sizeBytes, index) => {
    const durationTicks = durations[index] ?? 0;
    const key = keys === undefined || keys.includes(index + 1);
    const at = { dts, pts: dts + (shifts[index] ?? 0), durationTicks, key };
    dts += durationTicks;
    return { ...at, offset: offsets[index] ?? -1, sizeBytes };
  });
}

function runs(rows: readonly number[][]): number[] {
  return rows.flatMap(([count = 0, value = 0]) => Array.from({ length: count }, () => value));
}

function placesOf(chunks: readonly number[], rows: readonly number[][], sizes: readonly number[]): number[] {
  const places: number[] = [];
  for (const [index, chunkOffset] of chunks.entries()) {
    const row = rows.findLast(([first = 0]) => first <= index + 1);
    let offset = chunkOffset;
    for (let sample = 0; sample < (row?.[1] ?? 0); sample += 1) {
      places.push(offset);
      offset += sizes[places.length - 1] ?? 0;
    }
  }
  return places;
}

function readEdits(bytes: Uint8Array, trak: Box): ReadMovieTrack['edits'] {
  const box = findBox(bytes, trak, 'edts', 'elst');
  if (!box) return [];
  const fields = new FieldReader(bytes, box.contentOffset + 4, box.endOffset);
  const count = fields.u32();
  return Array.from({ length: count }, () => {
    const shownTicks = fields.u64();
    const [high, low] = [fields.i32(), fields.u32()];
    fields.skip(4); // media_rate
    return { shownTicks, mediaTicks: high < 0 ? -1 : high * 2 ** 32 + low };
  });
}
