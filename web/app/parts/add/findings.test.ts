import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProbeResult } from '../../../../src/api/contract/cameras.ts';
import { dayBytes, findings } from './findings.ts';

type Measured = Extract<ProbeResult, { ok: true }>;

const video = {
  kind: 'video',
  codec: 'h264',
  codecString: 'avc1.640028',
  width: 1920,
  height: 1080,
  framesPerSecond: 25,
  sampleRateHz: null,
  channels: null,
  playable: true,
  note: null,
} as const;
const sound = { ...video, kind: 'audio', codec: 'aac', width: null, height: null } as const;

function measured(part: Partial<Measured>): Measured {
  return {
    ok: true,
    tracks: [video, sound],
    framesPerSecond: 25,
    gopSeconds: 2,
    bitrateBps: 4e6,
    transport: 'tcp',
    advice: [],
    previewHls: '',
    ...part,
  };
}

const small = measured({ tracks: [{ ...video, width: 640, height: 360 }], bitrateBps: 5e5 });
const words = (...args: Parameters<typeof findings>): string =>
  findings(...args)
    .map((one) => one.words)
    .join('\n');

describe('what is worth knowing before a camera is added', () => {
  it('is nothing when all is well', () => {
    assert.equal(words(measured({}), small, true), '');
  });

  it('begins with what the server found', () => {
    const [first] = findings(measured({ advice: ['Mind this.'], tracks: [video] }), small, true);
    assert.deepEqual(first, { tone: 'warn', words: 'Mind this.' });
  });

  it('is that recordings will be silent', () => {
    assert.match(words(measured({ tracks: [video] }), small, true), /No sound: recordings will be silent/);
  });

  it('is that there is no small stream, or that it is hardly smaller, or H.265', () => {
    assert.match(words(measured({}), undefined, false), /no second, smaller stream/);
    assert.match(words(measured({}), measured({ bitrateBps: 3e6 }), true), /almost as large as the first/);
    const h265 = { ...small, tracks: [{ ...video, width: 640, codec: 'h265' }] };
    assert.match(words(measured({}), h265, true), /second stream is H\.265, too/);
    assert.equal(words(measured({}), undefined, true), '', 'one that was not tested is not judged');
  });

  it('is how much a heavy stream writes in a day', () => {
    assert.match(words(measured({ bitrateBps: 16e6 }), small, true), /16 Mbit\/s, about 173 GB a day/);
    assert.equal(dayBytes(5e5), '5.4 GB');
  });
});
