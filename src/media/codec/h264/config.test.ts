import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { nalsOf, pathOf } from '../streams.testing.ts';
import { h264Config, h264ConfigFromSprop, parseAvcC, writeAvcC } from './config.ts';
import { nalType, typeOf } from './nal.ts';

function setsOf(file: string): { sps: Uint8Array; pps: Uint8Array[] } {
  const nals = nalsOf(file);
  const sps = nals.find((nal) => typeOf(nal) === nalType.sps);
  const pps = nals.find((nal) => typeOf(nal) === nalType.pps);
  assert.ok(sps && pps);
  return { sps, pps: [pps] };
}

function configOf(file: string) {
  const { sps, pps } = setsOf(file);
  const config = h264Config(sps, pps);
  assert.ok(config.ok);
  return config.value;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** The avcC contents that ffmpeg writes for the same stream. */
function avcCByFfmpeg(file: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'avcc-'));
  const path = join(folder, 'out.mp4');
  try {
    execFileSync('ffmpeg', ['-v', 'error', '-i', pathOf(file), '-c', 'copy', path], { timeout: 20_000 });
    const mp4 = readFileSync(path);
    const at = mp4.indexOf('avcC');
    return mp4.subarray(at + 4, at - 4 + mp4.readUInt32BE(at - 4));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('an H.264 configuration', () => {
  it('of more picture parameter sets than any encoder makes is refused', () => {
    const sets = setsOf('x264-baseline.h264');
    const long = new Uint8Array(8192).fill(0xff);
    long.set(sets.pps[0] ?? long);
    const pps = Array.from({ length: 9 }, () => long);
    assert.deepEqual(h264Config(sets.sps, pps), { ok: false, error: 'too many picture parameter sets' });
  });

  it('tells size, rate, codec string and reordering', () => {
    const { sps: _sps, pps: _pps, ...rest } = configOf('x264-cropped-1080.h264');
    assert.deepEqual(rest, {
      kind: 'h264',
      widthPixels: 1920,
      heightPixels: 1080,
      framesPerSecond: 30,
      codecString: 'avc1.640028',
      reorderFrames: 2,
    });
  });

  it('keeps nothing of the buffers it was made from', () => {
    const { sps, pps } = setsOf('x264-baseline.h264');
    const config = configOf('x264-baseline.h264');
    assert.ok(config.sps.buffer !== sps.buffer && config.sps.buffer.byteLength === sps.length);
    assert.ok(config.pps.every((nal, i) => nal.buffer !== pps[i]?.buffer));
  });

  it('needs a PPS', () => {
    const { sps } = setsOf('x264-baseline.h264');
    assert.deepEqual(h264Config(sps, []), { ok: false, error: 'no picture parameter set' });
  });
});

describe('sprop-parameter-sets (RFC 6184, 8.1)', () => {
  const { sps, pps } = setsOf('x264-baseline.h264');
  const usual = [sps, ...pps].map(base64).join(',');

  const accepted: [string, string][] = [
    ['has SPS and PPS with a comma between', usual],
    ['ends with a comma', `${usual},`],
    ['has spaces after its commas', usual.replaceAll(',', ', ')],
    ['has the PPS first', [...pps, sps].map(base64).join(',')],
    [
      'has zeros at the end of each',
      [sps, ...pps].map((nal) => base64(Buffer.from([...nal, 0, 0]))).join(','),
    ],
  ];
  for (const [name, text] of accepted) {
    it(name, () => assert.deepEqual(h264ConfigFromSprop(text), h264Config(sps, pps)));
  }

  const refused: [string, string][] = [
    ['is empty', ''],
    ['has no PPS', base64(sps)],
    ['has no SPS', pps.map(base64).join(',')],
    ['is not base64', '%%%,&&&'],
    ['is endless', 'A'.repeat(70_000)],
  ];
  for (const [name, text] of refused) {
    it(`is refused when it ${name}`, () => assert.equal(h264ConfigFromSprop(text).ok, false));
  }
});

describe('an avcC box (ISO/IEC 14496-15, 5.3.3.1)', () => {
  for (const file of ['x264-baseline.h264', 'x264-422.h264', 'x264-intra-10bit.h264']) {
    it(`of ${file} has the bytes that ffmpeg writes`, () => {
      assert.deepEqual([...writeAvcC(configOf(file))], [...avcCByFfmpeg(file)]);
    });

    it(`of ${file} is read back`, () => {
      const config = configOf(file);
      assert.deepEqual(parseAvcC(writeAvcC(config)), { ok: true, value: { config, lengthBytes: 4 } });
    });
  }

  it('of any bytes is read or refused', () => {
    const good = writeAvcC(configOf('x264-baseline.h264'));
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length));
    fc.assert(
      fc.property(damaged, ([at, value, length]) => {
        const bytes = good.slice(0, length);
        bytes[at] = value;
        const parsed = parseAvcC(bytes);
        if (parsed.ok) assert.ok([1, 2, 4].includes(parsed.value.lengthBytes));
      }),
    );
  });
});
