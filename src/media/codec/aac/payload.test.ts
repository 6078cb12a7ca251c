/** AAC through RTP (RFC 3640), both ways. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hertz } from '../../../base/units.ts';
import type { Depacketizer } from '../../rtp/payload.ts';
import { depayloadWithGstreamer, gstreamerMissing } from '../gstreamer.testing.ts';
import { asPackets, packet, pushAll, readCapture } from '../payload.testing.ts';
import { parseAudioSpecificConfig } from './config.ts';
import { createAacDepacketizer } from './depacketize.ts';
import { aacFmtp, packetizeAac } from './packetize.ts';

const hbr = { mode: 'AAC-hbr', sizelength: '13', indexlength: '3', indexdeltalength: '3', config: '1190' };

function depacketizer(parameters: Record<string, string> = hbr, clockHz = 48000): Depacketizer {
  const created = createAacDepacketizer(new Map(Object.entries(parameters)), hertz(clockHz));
  assert.ok(created.ok, created.ok ? '' : created.error);
  return created.value;
}

/** One AU-header of AAC-hbr. */
const header = (size: number, index = 0): number[] => [(size << 3) >> 8, ((size << 3) & 0xff) | index];

test('whole frames from GStreamer: the configuration first, then a frame every 1024 samples', () => {
  const packets = readCapture(new URL('testdata/gstreamer-whole.rtp', import.meta.url));
  const { configs, frames, faults } = pushAll(depacketizer({ ...hbr, config: '121056e500' }, 44100), packets);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    configs.map((codec) => codec.kind === 'aac' && [codec.sampleRateHz, codec.channels]),
    [[44100, 2]],
  );
  assert.equal(frames.length, packets.length);
  // GStreamer rounds times to its own nanoseconds on the way.
  for (const [index, frame] of frames.entries()) assert.ok(Math.abs(frame.time - index * 1024) <= 1);
});

test('frames in pieces from GStreamer are put together', () => {
  const packets = readCapture(new URL('testdata/gstreamer-pieces.rtp', import.meta.url));
  const { frames, faults } = pushAll(depacketizer({ ...hbr, config: '118856e500' }), packets);
  assert.deepEqual(faults, []);
  assert.ok(frames.length < packets.length, 'the capture has a frame in pieces');
  const pieceBytes = packets.reduce((sum, { payload }) => sum + payload.length - 4, 0);
  assert.equal(
    frames.reduce((sum, { nals }) => sum + (nals[0]?.length ?? 0), 0),
    pieceBytes,
  );
});

test('several frames in one packet follow each other by one frame length', () => {
  const payload = [0, 48, ...header(2), ...header(1), ...header(3), 1, 2, 3, 4, 5, 6];
  const { frames } = pushAll(depacketizer(), [packet(payload, { time: 5000 })]);
  assert.deepEqual(
    frames.map(({ time, nals }) => [time, ...(nals[0] ?? [])]),
    [
      [5000, 1, 2],
      [6024, 3],
      [7048, 4, 5, 6],
    ],
  );
});

test('frame length counts on the RTP clock, and at the rate inside spectral band replication', () => {
  const payload = [0, 32, ...header(1), ...header(1), 1, 2];
  const last = (clockHz: number, more: Record<string, string>): number | undefined =>
    pushAll(depacketizer({ ...hbr, ...more }, clockHz), [packet(payload)]).frames.at(-1)?.time;
  assert.equal(last(90000, {}), 1920);
  assert.equal(last(48000, { config: '2b118800' }), 2048);
  assert.equal(last(48000, { constantduration: '960' }), 960);
});

test('low bit rate mode: six bits of size, two of index', () => {
  const lbr = depacketizer({ mode: 'AAC-lbr', config: '1190' });
  const { frames } = pushAll(lbr, [packet([0, 16, 2 << 2, 1 << 2, 7, 8, 9])]);
  assert.deepEqual(
    frames.map(({ nals }) => [...(nals[0] ?? [])]),
    [[7, 8], [9]],
  );
});

test('a lost piece costs that frame alone', () => {
  const pieces = asPackets(packetizeAac([new Uint8Array(300).fill(1)], 104), 0);
  const next = asPackets(packetizeAac([Uint8Array.of(5)], 104), 1024);
  assert.equal(pieces.length, 3);
  const arrived = [pieces[0]!, { ...pieces[2]!, lostBefore: 1 }, ...next];
  const { frames, faults } = pushAll(depacketizer(), arrived);
  assert.ok(faults.includes('AAC frame with a piece missing'));
  assert.deepEqual(frames.at(-1)?.nals, [Uint8Array.of(5)]);
});

for (const [what, payload, reason] of [
  ['no headers', [0, 0, 1], /without its headers/],
  ['headers longer than the packet', [0, 64, 1], /without its headers/],
  ['headers that do not come out even', [0, 24, ...header(1), 0, 1], /cut short/],
  ['interleaved frames', [0, 32, ...header(1), ...header(1, 1), 1, 2], /interleaved/],
  [
    'a second frame that is not all there',
    [0, 32, ...header(1), ...header(4), 1, 2],
    /longer than its packet/,
  ],
] as const) {
  test(`a packet with ${what} is told and dropped`, () => {
    const { faults } = pushAll(depacketizer(), [packet(payload)]);
    assert.match(faults.join(), reason);
  });
}

for (const [what, parameters, reason] of [
  ['no configuration', { mode: 'AAC-hbr' }, /no AudioSpecificConfig/],
  ['a configuration that is not hexadecimal', { ...hbr, config: 'zz' }, /no AudioSpecificConfig/],
  ['a mode for other codecs', { ...hbr, mode: 'CELP-cbr' }, /celp-cbr is not supported/],
  ['time stamps in the headers', { ...hbr, ctsdeltalength: '22' }, /ctsdeltalength/],
  ['an impossible size', { ...hbr, sizelength: '99' }, /impossible/],
] as const) {
  test(`a track with ${what} is refused`, () => {
    const created = createAacDepacketizer(new Map(Object.entries(parameters)), hertz(48000));
    assert.ok(!created.ok);
    assert.match(created.error, reason);
  });
}

test('the parameters we announce describe the packets we send', () => {
  const parsed = parseAudioSpecificConfig(Uint8Array.of(0x11, 0x90));
  assert.ok(parsed.ok);
  const announced = aacFmtp(parsed.value.config);
  const parameters = Object.fromEntries(announced.split(';').map((pair) => pair.split('=', 2)));
  const frame = Uint8Array.of(1, 2, 3);
  const { configs, frames } = pushAll(depacketizer(parameters), asPackets(packetizeAac([frame], 1400)));
  assert.deepEqual(configs, [parsed.value.config]);
  assert.deepEqual(frames[0]?.nals, [frame]);
});

test('a frame too long for its size field is not sent', () => {
  assert.deepEqual(packetizeAac([new Uint8Array(8192)], 1400), []);
  assert.equal(packetizeAac([new Uint8Array(8191)], 1400).length, 6);
});

test('GStreamer puts our packets together again', { skip: gstreamerMissing }, () => {
  const frames = [new Uint8Array(20).fill(1), new Uint8Array(250).fill(2), new Uint8Array(3).fill(3)];
  const packets = frames
    .flatMap((frame, index) => asPackets(packetizeAac([frame], 100), index * 1024))
    .map((each, sequence) => ({ ...each, sequence }));
  const caps =
    'media=audio,clock-rate=48000,encoding-name=MPEG4-GENERIC,' +
    'mode=AAC-hbr,config=(string)1190,sizelength=(string)13,indexlength=(string)3,indexdeltalength=(string)3';
  const received = depayloadWithGstreamer(packets, caps, 'rtpmp4gdepay');
  assert.deepEqual(Buffer.from(received), Buffer.concat(frames));
});
