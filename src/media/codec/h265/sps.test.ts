import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { removeEmulationPrevention } from '../nal-units.ts';
import { nalsOf, probe, rateOf } from '../streams.testing.ts';
import { nalType, typeOf } from './nal.ts';
import { parsePps } from './pps.ts';
import { parseSps } from './sps.ts';
import type { Sps } from './sps.ts';
import { parseVps } from './vps.ts';
import { timingRate } from './vui.ts';

const files = [
  'x265-main.h265',
  'x265-cropped-1080.h265',
  'x265-422-10bit.h265',
  'x265-444.h265',
  'x265-pyramid-hrd.h265',
];

function setOf(file: string, type: number): Uint8Array {
  const nal = nalsOf(file).find((one) => typeOf(one) === type);
  assert.ok(nal);
  return nal;
}

function spsOf(file: string): Sps {
  const parsed = parseSps(setOf(file, nalType.sps));
  assert.ok(parsed.ok);
  return parsed.value;
}

/** As ffprobe names it. */
function pixelFormat(sps: Sps): string {
  const chroma = ['gray', 'yuv420p', 'yuv422p', 'yuv444p'][sps.chromaFormatIdc];
  return sps.bitDepthLuma > 8 ? `${chroma}${sps.bitDepthLuma}le` : `${chroma}`;
}

describe('an H.265 sequence parameter set', () => {
  for (const file of files) {
    it(`of ${file} is read as ffprobe reads it`, () => {
      const sps = spsOf(file);
      const probed = probe(file);
      assert.equal(sps.widthPixels, probed.width);
      assert.equal(sps.heightPixels, probed.height);
      assert.equal(sps.profile.levelIdc, probed.level);
      assert.equal(pixelFormat(sps), probed.pix_fmt);
      assert.equal(sps.reorderFrames, probed.has_b_frames);
      assert.ok(sps.vui?.timing);
      assert.ok(Math.abs((timingRate(sps.vui.timing) ?? 0) - rateOf(probed)) < 0.001);
    });
  }

  it('whose VUI is cut short still tells the size', () => {
    const whole = setOf('x265-cropped-1080.h265', nalType.sps);
    const sps = parseSps(whole.subarray(0, -5));
    assert.ok(sps.ok);
    assert.equal(sps.value.heightPixels, 1080);
    assert.equal(sps.value.vui?.timing, undefined);
  });

  it('cut off before the size is refused', () => {
    const cut = parseSps(setOf('x265-main.h265', nalType.sps).subarray(0, 16));
    assert.deepEqual(cut, { ok: false, error: 'sequence parameter set cut off' });
  });

  it('of any bytes is read or refused within bounds, and not changed', () => {
    const sets = files.map((file) => setOf(file, nalType.sps));
    const damaged = fc.tuple(fc.constantFrom(...sets), fc.nat(60), fc.uint8Array({ maxLength: 30 }));
    const nals = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from([0x42, 1, ...bytes])),
      damaged.map(([sps, at, bytes]) => Uint8Array.from([...sps.subarray(0, at), ...bytes])),
      damaged.map(([sps, at, bytes]) => sps.map((byte, i) => (i === at ? byte ^ (bytes[0] ?? 1) : byte))),
    );
    fc.assert(
      fc.property(nals, (nal) => {
        const before = nal.slice();
        const parsed = parseSps(nal);
        assert.deepEqual(nal, before);
        if (!parsed.ok) return;
        const { widthPixels, heightPixels, reorderFrames } = parsed.value;
        assert.ok(widthPixels > 0 && widthPixels <= 16_384 && heightPixels > 0 && heightPixels <= 16_384);
        assert.ok(reorderFrames <= 16);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the other H.265 parameter sets', () => {
  it('tell their ids', () => {
    assert.deepEqual(parseVps(setOf('x265-main.h265', nalType.vps)), {
      ok: true,
      value: { id: 0, timing: undefined },
    });
    assert.deepEqual(parsePps(setOf('x265-main.h265', nalType.pps)), {
      ok: true,
      value: { id: 0, spsId: 0 },
    });
  });

  it('may hold the frame rate in the VPS', () => {
    // x265 writes none there: its last flags (timing, extension) are replaced.
    const vps = setOf('x265-main.h265', nalType.vps);
    const bits = [...removeEmulationPrevention(vps)]
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('');
    const end = bits.lastIndexOf('1'); // the stop bit; before it the two flags
    const timing = `1${(1001).toString(2).padStart(32, '0')}${(30_000).toString(2).padStart(32, '0')}001`;
    const changed = (bits.slice(0, end - 2) + timing).match(/.{1,8}/g) ?? [];
    const nal = changed.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
    const escaped: number[] = [];
    for (const byte of nal) {
      if (byte < 4 && escaped.at(-1) === 0 && escaped.at(-2) === 0) escaped.push(3);
      escaped.push(byte);
    }
    const parsed = parseVps(Uint8Array.from(escaped));
    assert.ok(parsed.ok && parsed.value.timing);
    assert.ok(Math.abs((timingRate(parsed.value.timing) ?? 0) - 29.97) < 0.001);
  });

  it('of any bytes are read or refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(0x40, 0x44), fc.uint8Array({ maxLength: 80 }), (header, rest) => {
        const nal = Uint8Array.from([header, 1, ...rest]);
        const [vps, pps] = [parseVps(nal), parsePps(nal)];
        if (vps.ok) assert.ok(vps.value.id <= 15);
        if (pps.ok) assert.ok(pps.value.id <= 63 && pps.value.spsId <= 15);
      }),
    );
  });
});
