import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { nalsOf, pathOf } from '../streams.testing.ts';
import { h265Config, h265ConfigFromSprop, parseHvcC, writeHvcC } from './config.ts';
import type { H265ParameterSetList } from './config.ts';
import { nalType, typeOf } from './nal.ts';
import { codecString } from './profile.ts';

function setsOf(file: string): H265ParameterSetList {
  const [vps, sps, pps] = [nalType.vps, nalType.sps, nalType.pps].map((type) =>
    nalsOf(file).find((nal) => typeOf(nal) === type),
  );
  assert.ok(vps && sps && pps);
  return { vps, sps, pps: [pps] };
}

function configOf(file: string) {
  const config = h265Config(setsOf(file));
  assert.ok(config.ok);
  return config.value;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** The hvcC contents that ffmpeg writes for the same stream. */
function hvcCByFfmpeg(file: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'hvcc-'));
  const path = join(folder, 'out.mp4');
  const args = ['-v', 'error', '-i', pathOf(file), '-c', 'copy', '-tag:v', 'hvc1', path];
  try {
    execFileSync('ffmpeg', args, { timeout: 20_000 });
    const mp4 = readFileSync(path);
    const at = mp4.indexOf('hvcC');
    return mp4.subarray(at + 4, at - 4 + mp4.readUInt32BE(at - 4));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('an H.265 configuration', () => {
  it('of more picture parameter sets than any encoder makes is refused', () => {
    const sets = setsOf('x265-main.h265');
    const long = new Uint8Array(8192).fill(0xff);
    long.set(sets.pps[0] ?? long);
    const pps = Array.from({ length: 9 }, () => long);
    assert.deepEqual(h265Config({ ...sets, pps }), { ok: false, error: 'too many picture parameter sets' });
  });

  it('tells size, rate, codec string and reordering', () => {
    const { vps: _vps, sps: _sps, pps: _pps, ...rest } = configOf('x265-cropped-1080.h265');
    assert.deepEqual(rest, {
      kind: 'h265',
      widthPixels: 1920,
      heightPixels: 1080,
      framesPerSecond: 30,
      codecString: 'hvc1.1.6.L120.90',
      reorderFrames: 2,
    });
  });

  it('needs a PPS', () => {
    const sets = { ...setsOf('x265-main.h265'), pps: [] };
    assert.deepEqual(h265Config(sets), { ok: false, error: 'no picture parameter set' });
  });
});

describe('the codec string (ISO/IEC 14496-15, E.3)', () => {
  const main = {
    profileSpace: 0,
    highTier: false,
    profileIdc: 1,
    compatibilityFlags: 0x6000_0000,
    constraintBytes: [0xb0, 0, 0, 0, 0, 0],
    levelIdc: 93,
  };
  const cases: [string, typeof main, string][] = [
    ['of the main profile at level 3.1', main, 'hvc1.1.6.L93.B0'],
    [
      'of a profile space and the high tier',
      { ...main, profileSpace: 1, highTier: true },
      'hvc1.A1.6.H93.B0',
    ],
    [
      'without constraints ends with the level',
      { ...main, constraintBytes: [0, 0, 0, 0, 0, 0] },
      'hvc1.1.6.L93',
    ],
    [
      'keeps zero bytes between constraints',
      { ...main, constraintBytes: [0x90, 0, 0x0a, 0, 0, 0] },
      'hvc1.1.6.L93.90.0.A',
    ],
    ['reverses all 32 flags', { ...main, compatibilityFlags: 1 }, 'hvc1.1.80000000.L93.B0'],
  ];
  for (const [name, profile, expected] of cases) {
    it(name, () => assert.equal(codecString(profile), expected));
  }
});

describe('sprop-vps, sprop-sps and sprop-pps (RFC 7798, 7.1)', () => {
  const sets = setsOf('x265-main.h265');
  const sprop = { vps: base64(sets.vps), sps: base64(sets.sps), pps: sets.pps.map(base64).join(',') };

  it('give the configuration', () => assert.deepEqual(h265ConfigFromSprop(sprop), h265Config(sets)));

  it('may be mixed up', () => {
    const mixed = { vps: sprop.pps, sps: sprop.vps, pps: `${sprop.sps},` };
    assert.deepEqual(h265ConfigFromSprop(mixed), h265Config(sets));
  });

  it('are refused when one is missing', () => {
    for (const name of ['vps', 'sps', 'pps'])
      assert.equal(h265ConfigFromSprop({ ...sprop, [name]: '' }).ok, false);
  });
});

describe('an hvcC box (ISO/IEC 14496-15, 8.3.3.1)', () => {
  for (const file of ['x265-main.h265', 'x265-422-10bit.h265', 'x265-444.h265']) {
    it(`of ${file} has the bytes that ffmpeg writes`, () => {
      const ours = writeHvcC(configOf(file));
      const theirs = Uint8Array.from(hvcCByFfmpeg(file));
      assert.deepEqual([...ours.subarray(0, 22)], [...theirs.subarray(0, 22)]);
      assert.deepEqual(parseHvcC(theirs), { ok: true, value: { config: configOf(file), lengthBytes: 4 } });
    });

    it(`of ${file} is read back`, () => {
      const config = configOf(file);
      assert.deepEqual(parseHvcC(writeHvcC(config)), { ok: true, value: { config, lengthBytes: 4 } });
    });
  }

  it('of any bytes is read or refused', () => {
    const good = writeHvcC(configOf('x265-main.h265'));
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length));
    fc.assert(
      fc.property(damaged, ([at, value, length]) => {
        const bytes = good.slice(0, length);
        bytes[at] = value;
        const parsed = parseHvcC(bytes);
        if (parsed.ok) assert.ok([1, 2, 4].includes(parsed.value.lengthBytes));
      }),
    );
  });

  it('that counts 65535 empty sets in each of its arrays is refused at its end', () => {
    const bytes = new Uint8Array(40).fill(0xff);
    bytes[0] = 1;
    assert.deepEqual(parseHvcC(bytes), { ok: false, error: 'hvcC cut off' });
  });
});
