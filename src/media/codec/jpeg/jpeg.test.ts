/** JPEG files and how RTP carries them (RFC 2435). The pictures were coded, and sent, by GStreamer. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { depayloadWithGstreamer, gstreamerMissing } from '../gstreamer.testing.ts';
import { asPackets, packet, pushAll, readCapture } from '../payload.testing.ts';
import { JpegDepacketizer } from './depacketize.ts';
import { marker, readJpegConfig, readSegments } from './file.ts';
import { packetizeJpeg, rtpJpegObstacle } from './packetize.ts';
import { quantizationTables } from './tables.ts';

const testdata = (name: string): URL => new URL(`testdata/${name}`, import.meta.url);
const picture = (name: string): Uint8Array => Uint8Array.from(readFileSync(testdata(name)));

/** What a decoder sees of a file, however its segments are ordered. */
function essence(file: Uint8Array): unknown {
  const parsed = readSegments(file);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error);
  const { segments, scan } = parsed.value;
  const tables = segments.filter((segment) => segment.marker === marker.quantizationTables);
  return {
    size: readJpegConfig(file),
    tables: Buffer.concat(tables.map(({ content }) => content)).toString('hex'),
    scan: Buffer.from(scan).toString('hex'),
    ends: [...file.subarray(-2)],
  };
}

function sent(file: Uint8Array, maxPayloadBytes = 500) {
  return asPackets(packetizeJpeg([file], maxPayloadBytes));
}

test('the size is read from the frame header', () => {
  assert.deepEqual(readJpegConfig(picture('picture-0.jpg')), {
    kind: 'mjpeg',
    widthPixels: 96,
    heightPixels: 64,
  });
  assert.equal(readJpegConfig(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)), undefined);
});

test('pictures sent by GStreamer come out as they were coded', () => {
  const packets = readCapture(testdata('gstreamer.rtp'));
  const { configs, frames, faults } = pushAll(new JpegDepacketizer(), packets);
  assert.deepEqual(faults, []);
  assert.deepEqual(configs, [{ kind: 'mjpeg', widthPixels: 96, heightPixels: 64 }]);
  assert.deepEqual(
    frames.map(({ nals }) => essence(nals[0]!)),
    [essence(picture('picture-0.jpg')), essence(picture('picture-1.jpg'))],
  );
});

test('4:2:2 sent by GStreamer comes out as it was coded', () => {
  const { frames } = pushAll(new JpegDepacketizer(), readCapture(testdata('gstreamer-422.rtp')));
  assert.deepEqual(essence(frames[0]!.nals[0]!), essence(picture('picture-422.jpg')));
});

test('a quality without tables means those an encoder uses for it', () => {
  for (const [name, quality] of [
    ['picture-0.jpg', 60],
    ['picture-422.jpg', 30],
  ] as const) {
    const [first] = sent(picture(name), 65_000);
    const sentTables = first!.payload.subarray(12, 12 + 128);
    assert.deepEqual(quantizationTables(quality), sentTables);

    const withoutTables = Buffer.concat([first!.payload.subarray(0, 8), first!.payload.subarray(12 + 128)]);
    withoutTables[5] = quality;
    const { frames } = pushAll(new JpegDepacketizer(), [packet(withoutTables)]);
    assert.deepEqual(essence(frames[0]!.nals[0]!), essence(picture(name)));
  }
});

test('tables of a fixed quality hold for later pictures', () => {
  const [first] = sent(picture('picture-0.jpg'), 65_000);
  const withTables = Buffer.from(first!.payload);
  withTables[5] = 200;
  const without = Buffer.concat([withTables.subarray(0, 8), Buffer.alloc(4), withTables.subarray(12 + 128)]);
  const depacketizer = new JpegDepacketizer();
  assert.equal(pushAll(depacketizer, [packet(without)]).faults.length, 1, 'never sent');
  const { frames } = pushAll(depacketizer, [packet(withTables), packet(without, { time: 3000 })]);
  assert.equal(frames.length, 2);
  assert.deepEqual(frames[0]?.nals, frames[1]?.nals);
});

test('a restart interval is said in every packet and in the file', () => {
  const file = Buffer.from(picture('picture-0.jpg'));
  const restart = Buffer.of(0xff, marker.restartInterval, 0, 4, 0, 6);
  const withRestart = Buffer.concat([file.subarray(0, 2), restart, file.subarray(2)]);
  const packets = sent(withRestart);
  for (const { payload } of packets) assert.equal(payload[4], 65);
  const { frames } = pushAll(new JpegDepacketizer(), packets);
  assert.deepEqual(essence(frames[0]!.nals[0]!), essence(withRestart));
  assert.ok(Buffer.from(frames[0]!.nals[0]!).includes(restart));
});

test('GStreamer puts our packets together again', { skip: gstreamerMissing }, () => {
  const file = picture('picture-0.jpg');
  const caps = 'media=video,clock-rate=90000,encoding-name=JPEG';
  assert.deepEqual(essence(depayloadWithGstreamer(sent(file), caps, 'rtpjpegdepay')), essence(file));
});

test('a new size is a new configuration', () => {
  const packets = [
    ...sent(picture('picture-0.jpg')),
    ...sent(picture('picture-422.jpg')).map((each) => ({ ...each, time: 3000 })),
  ];
  const { configs } = pushAll(new JpegDepacketizer(), packets);
  assert.equal(configs.length, 2);
});

test('a lost piece costs that picture alone', () => {
  const [first, , ...rest] = sent(picture('picture-0.jpg'));
  const torn = [first!, { ...rest[0]!, lostBefore: 1 }, ...rest.slice(1)];
  const next = sent(picture('picture-1.jpg')).map((each) => ({ ...each, time: 3000 }));
  const { frames, faults } = pushAll(new JpegDepacketizer(), [...torn, ...next]);
  assert.ok(faults.includes('JPEG picture with a piece missing'));
  assert.deepEqual(
    frames.map(({ time }) => time),
    [3000],
  );
});

for (const [what, change, reason] of [
  [
    'its own Huffman tables',
    (file: Buffer) => (file[file.indexOf(Buffer.of(0xff, 0xc4)) + 7] = 1),
    /Huffman/,
  ],
  [
    'progressive coding',
    (file: Buffer) => (file[file.indexOf(Buffer.of(0xff, 0xc0)) + 1] = 0xc2),
    /baseline/,
  ],
  ['colour at full size', (file: Buffer) => (file[file.indexOf(Buffer.of(0xff, 0xc0)) + 11] = 0x11), /4:2:0/],
  ['more than 2040 pixels', (file: Buffer) => (file[file.indexOf(Buffer.of(0xff, 0xc0)) + 7] = 8), /2040/],
] as const) {
  test(`a file with ${what} is not sent`, () => {
    const file = Buffer.from(picture('picture-0.jpg'));
    change(file);
    assert.match(rtpJpegObstacle(file) ?? '', reason);
    assert.deepEqual(packetizeJpeg([file], 500), []);
  });
}
