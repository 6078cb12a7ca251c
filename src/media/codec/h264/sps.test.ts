import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { nalsOf, probe, rateOf } from '../streams.testing.ts';
import { nalType, typeOf } from './nal.ts';
import { parsePps } from './pps.ts';
import { framesPerSecond, parseSps, reorderFrames } from './sps.ts';
import type { Sps } from './sps.ts';

const files = [
  'x264-baseline.h264',
  'x264-cropped-1080.h264',
  'x264-interlaced.h264',
  'x264-422.h264',
  'x264-444-lossless.h264',
  'x264-intra-10bit.h264',
  'x264-slices.h264',
  'openh264.h264',
];

function spsBytes(file: string): Uint8Array {
  const sps = nalsOf(file).find((nal) => typeOf(nal) === nalType.sps);
  assert.ok(sps);
  return sps;
}

function spsOf(file: string): Sps {
  const parsed = parseSps(spsBytes(file));
  assert.ok(parsed.ok);
  return parsed.value;
}

/** As ffprobe names it. */
function pixelFormat(sps: Sps): string {
  const chroma = ['gray', 'yuv420p', 'yuv422p', 'yuv444p'][sps.chromaFormatIdc];
  return sps.bitDepthLuma > 8 ? `${chroma}${sps.bitDepthLuma}le` : `${chroma}`;
}

describe('an H.264 sequence parameter set', () => {
  for (const file of files) {
    it(`of ${file} is read as ffprobe reads it`, () => {
      const sps = spsOf(file);
      const probed = probe(file);
      assert.equal(sps.widthPixels, probed.width);
      assert.equal(sps.heightPixels, probed.height);
      assert.equal(sps.levelIdc, probed.level);
      assert.equal(pixelFormat(sps), probed.pix_fmt);
      assert.equal(reorderFrames(sps), probed.has_b_frames);
      const rate = framesPerSecond(sps);
      if (rate !== undefined) assert.ok(Math.abs(rate - rateOf(probed)) < 0.001);
    });
  }

  it('tells fields from frames', () => {
    assert.equal(spsOf('x264-interlaced.h264').interlaced, true);
    assert.equal(spsOf('x264-baseline.h264').interlaced, false);
  });

  it('without VUI has no frame rate and no reordering', () => {
    const sps = { ...spsOf('x264-422.h264'), vui: undefined };
    assert.equal(framesPerSecond(sps), undefined);
    assert.equal(reorderFrames(sps), 0);
  });

  it('of the baseline profile has no reordering, whatever its VUI says', () => {
    const high = spsOf('x264-422.h264');
    assert.equal(reorderFrames(high), 2);
    assert.equal(reorderFrames({ ...high, profileIdc: 66 }), 0);
    assert.equal(reorderFrames({ ...high, pictureOrderCountType: 2 }), 0);
  });

  it('with a time scale as cameras set it by mistake has no frame rate', () => {
    const timing = { unitsInTick: 1, timeScale: 90_000, fixed: false };
    const sps = { ...spsOf('x264-baseline.h264'), vui: { timing, maxReorderFrames: 0 } };
    assert.equal(framesPerSecond(sps), undefined);
  });

  it('whose VUI is cut short still tells the size', () => {
    const whole = spsBytes('x264-cropped-1080.h264');
    const sps = parseSps(whole.subarray(0, -3));
    assert.ok(sps.ok);
    assert.equal(sps.value.heightPixels, 1080);
    assert.equal(sps.value.vui?.maxReorderFrames, undefined);
  });

  it('cut off before the size is refused', () => {
    const cut = parseSps(spsBytes('x264-cropped-1080.h264').subarray(0, 6));
    assert.deepEqual(cut, { ok: false, error: 'sequence parameter set cut off' });
  });

  it('that claims a picture of 65536 pixels is refused', () => {
    const fields = [
      '1', // seq_parameter_set_id 0
      '1', // log2_max_frame_num_minus4 0
      '011', // pic_order_cnt_type 2
      '010', // max_num_ref_frames 1
      '0', // gaps_in_frame_num_value_allowed_flag
      '0000000000001000000000000', // pic_width_in_mbs_minus1 4095
      '1', // pic_height_in_map_units_minus1 0
      '1100', // frames only, no cropping, no VUI
    ];
    const bits = fields.join('').match(/.{1,8}/g) ?? [];
    const nal = [0x67, 66, 0xc0, 30, ...bits.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2))];
    assert.deepEqual(parseSps(Uint8Array.from(nal)), { ok: false, error: 'picture too large' });
  });

  it('of any bytes is read or refused within bounds, and not changed', () => {
    const damaged = fc.tuple(
      fc.constantFrom(...files.map(spsBytes)),
      fc.nat(40),
      fc.uint8Array({ maxLength: 30 }),
    );
    const nals = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from([0x67, ...bytes])),
      damaged.map(([sps, at, bytes]) => Uint8Array.from([...sps.subarray(0, at), ...bytes])),
    );
    fc.assert(
      fc.property(nals, (nal) => {
        const before = nal.slice();
        const parsed = parseSps(nal);
        parsePps(nal);
        assert.deepEqual(nal, before);
        if (!parsed.ok) return;
        const { widthPixels, heightPixels } = parsed.value;
        assert.ok(widthPixels > 0 && widthPixels <= 16_384 && heightPixels > 0 && heightPixels <= 16_384);
        assert.ok(reorderFrames(parsed.value) <= 16);
        assert.ok((framesPerSecond(parsed.value) ?? 1) > 0);
      }),
      { numRuns: 500 },
    );
  });
});
