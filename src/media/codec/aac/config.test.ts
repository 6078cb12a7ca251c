import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAudioSpecificConfig, writeAudioSpecificConfig } from './config.ts';

const hex = (digits: string): Uint8Array => Uint8Array.from(Buffer.from(digits, 'hex'));

const configs = [
  {
    what: 'AAC LC, 44.1 kHz, stereo',
    bytes: '1210',
    rate: 44100,
    channels: 2,
    name: 'mp4a.40.2',
    core: 44100,
  },
  { what: 'AAC LC, 16 kHz, mono', bytes: '1408', rate: 16000, channels: 1, name: 'mp4a.40.2', core: 16000 },
  { what: 'AAC Main, 5.1', bytes: '09b0', rate: 48000, channels: 6, name: 'mp4a.40.1', core: 48000 },
  {
    what: 'SBR said first: 24 kHz inside, 48 kHz out',
    bytes: '2b118800',
    rate: 48000,
    channels: 2,
    name: 'mp4a.40.5',
    core: 24000,
  },
  {
    what: 'PS said first: mono inside, stereo out',
    bytes: 'eb098800',
    rate: 48000,
    channels: 2,
    name: 'mp4a.40.29',
    core: 24000,
  },
  {
    what: 'SBR said behind, where old decoders do not look',
    bytes: '131056e598',
    rate: 48000,
    channels: 2,
    name: 'mp4a.40.5',
    core: 24000,
  },
  {
    what: 'absence of SBR said behind',
    bytes: '121056e500',
    rate: 44100,
    channels: 2,
    name: 'mp4a.40.2',
    core: 44100,
  },
  {
    what: 'a rate that is in no table',
    bytes: '1780181c88',
    rate: 12345,
    channels: 1,
    name: 'mp4a.40.2',
    core: 12345,
  },
] as const;

for (const { what, bytes, rate, channels, name, core } of configs) {
  test(`AudioSpecificConfig: ${what}`, () => {
    const parsed = parseAudioSpecificConfig(hex(bytes));
    assert.ok(parsed.ok);
    assert.equal(parsed.value.config.sampleRateHz, rate);
    assert.equal(parsed.value.config.channels, channels);
    assert.equal(parsed.value.config.codecString, name);
    assert.equal(parsed.value.coreRateHz, core);
    assert.equal(parsed.value.frameSamples, 1024);
  });
}

test('AudioSpecificConfig: frames of 960 samples', () => {
  const parsed = parseAudioSpecificConfig(hex('1214'));
  assert.ok(parsed.ok);
  assert.equal(parsed.value.frameSamples, 960);
});

test('AudioSpecificConfig: channels spelled out in a program config element', () => {
  // Element 0, LC, 48 kHz; two front elements (one, then a pair), one LFE, no mixdown.
  const parsed = parseAudioSpecificConfig(hex('118004c80100011000'));
  assert.ok(parsed.ok);
  assert.equal(parsed.value.config.channels, 4);
});

for (const [what, bytes, reason] of [
  ['nothing', '', /not supported|cut short/],
  ['a cut', '12', /cut short/],
  ['a reserved rate', '1690', /reserved/],
  ['a reserved channel configuration', '11c8', /reserved/],
  ['low delay, whose frames are other', 'b98c00', /not supported/],
] as const) {
  test(`AudioSpecificConfig: ${what} is refused`, () => {
    const parsed = parseAudioSpecificConfig(hex(bytes));
    assert.ok(!parsed.ok);
    assert.match(parsed.error, reason);
  });
}

test('what is written reads the same, also for a rate that is in no table', () => {
  for (const sampleRateHz of [48000, 8000, 12345]) {
    const bytes = writeAudioSpecificConfig({ objectType: 2, sampleRateHz, channelConfiguration: 7 });
    const parsed = parseAudioSpecificConfig(bytes);
    assert.ok(parsed.ok);
    assert.equal(parsed.value.config.sampleRateHz, sampleRateHz);
    assert.equal(parsed.value.config.channels, 8);
    assert.equal(parsed.value.config.codecString, 'mp4a.40.2');
  }
});
