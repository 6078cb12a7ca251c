import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { testAudioTrack, testSound, testUnit, testVideoTrack } from '../../hub/testing.ts';
import { unixMsToNtp } from '../../media/rtcp/ntp.ts';
import { parseRtcp } from '../../media/rtcp/parse.ts';
import { parseRtp } from '../../media/rtp/packet.ts';
import { ticks, unixMs } from '../../base/units.ts';
import type { AccessUnit } from '../../media/track.ts';
import { readStreamAddress } from './address.ts';
import type { Chunk } from './chunk.ts';
import { nextFrame } from './chunk.ts';
import { countingRandom, HandStream } from './connection.testing.ts';
import type { FanReader } from './fan.ts';
import { Fan } from './fan.ts';
import { Lane } from './lane.ts';

const start = 1_700_000_000;

function fanOf() {
  const clock = new ManualClock();
  const stream = new HandStream(clock);
  const fan = new Fan(stream, { clock, random: countingRandom, cname: 'test' });
  fan.open();
  return { clock, stream, fan };
}

class Collector implements FanReader {
  readonly chunks: Chunk[] = [];
  readonly reports: Chunk[] = [];
  readonly ends: string[] = [];
  onChunk(chunk: Chunk): void {
    this.chunks.push(chunk);
  }
  onReport(report: Chunk): void {
    this.reports.push(report);
  }
  onEnd(reason: string): void {
    this.ends.push(reason);
  }
}

/** The RTP packets of a chunk. */
function packets({ bytes }: Chunk) {
  const found = [];
  for (let at = 0; at < bytes.length; at = nextFrame(bytes, at)) {
    const read = parseRtp(bytes.subarray(at + 4, nextFrame(bytes, at)));
    assert.ok(read.ok);
    found.push(read.value);
  }
  return found;
}

/** A picture shown at `shown` twenty-fifths of a second. */
function picture(shown: number, key = false): AccessUnit {
  return testUnit(start + shown / 25, key);
}

describe('a fan', () => {
  it('gives all its readers the very same buffer, and ends with each when the camera is gone', () => {
    const { stream, fan } = fanOf();
    const readers = [new Collector(), new Collector()];
    for (const reader of readers) fan.add(reader);
    stream.unit(picture(0, true));
    assert.ok(readers[0]?.chunks[0]);
    assert.equal(readers[0].chunks[0].bytes, readers[1]?.chunks[0]?.bytes);
    stream.end('deleted');
    assert.deepEqual(
      readers.map(({ ends }) => ends),
      [['deleted'], ['deleted']],
    );
    assert.deepEqual([fan.isOver, fan.lanes.length], [true, 0]);
  });

  it('goes on with new parameter sets, and starts anew with other tracks', () => {
    const { stream, fan } = fanOf();
    const reader = new Collector();
    fan.add(reader);
    const { lanes } = fan;
    stream.unit(picture(0, true));
    stream.change([testVideoTrack(9), testAudioTrack()]);
    assert.equal(fan.lanes, lanes);
    assert.deepEqual(fan.start('live', []).chunks, [], 'what was kept belongs to the old sets');
    stream.unit(picture(1, true));
    const [before, after] = reader.chunks.map(packets);
    assert.equal(after?.[0]?.sequence, (before?.at(-1)?.sequence ?? 0) + 1);
    stream.change([testAudioTrack(0)]);
    assert.equal(reader.ends.length, 1);
    assert.notEqual(fan.lanes, lanes);
  });

  it('begins with the kept pictures a millisecond apart, in both orders of B-frames, none before its time', () => {
    const { stream, fan } = fanOf();
    // Sent I P B B, shown I B B P: decoding times run one picture behind.
    const shown = [0, 3, 1, 2];
    const at = (place: number) => (start + place / 25) * 90_000;
    for (const [index, place] of shown.entries()) {
      stream.unit({ ...picture(place, index === 0), dts: ticks(at(index - 1)) });
      if (index !== 1) continue;
      const early = fan.start('live', []).chunks.map(({ time }) => time);
      assert.deepEqual(early, [at(0), at(3)], 'the pictures between them are still to come');
    }
    stream.unit(testSound(start));
    const { chunks, isWhole } = fan.start('live', []);
    assert.equal(isWhole, true);
    assert.deepEqual(
      chunks.map(({ time }) => time),
      [at(2) - 180, at(3), at(2) - 90, at(2)],
    );
    for (const chunk of chunks) {
      for (const { timestamp } of packets(chunk)) assert.equal(timestamp, chunk.time % 2 ** 32);
    }
    const own = fan.start('keyframe', []).chunks;
    assert.deepEqual(
      own.map(({ lane }) => lane),
      [0, 0, 0, 0, 1],
    );
    assert.equal(own[0]?.time, start * 90_000);
    assert.deepEqual(fan.start('next', []), { chunks: [], isWhole: false });
  });

  it('forgets what is before a break', () => {
    const { stream, fan } = fanOf();
    stream.unit(picture(0, true));
    fan.onDiscontinuity();
    stream.unit(picture(1));
    assert.deepEqual(fan.start('live', []).chunks, []);
  });

  it('reports to its readers every five seconds, and frees its timer', () => {
    const { clock, stream, fan } = fanOf();
    const reader = new Collector();
    fan.add(reader);
    stream.unit(picture(0, true));
    clock.advance(5000);
    assert.equal(reader.reports.length, 1, 'a track that sent nothing has nothing to report');
    fan.close();
    assert.equal(clock.timers, 0);
    assert.equal(stream.readers.size, 0);
  });
});

describe('a lane', () => {
  const identity = { index: 0, ssrc: 5, firstSequence: 65_535, cname: 'test' };

  it('numbers on over 65535, puts parameter sets before a bare keyframe, and marks the last packet', () => {
    const lane = new Lane(testVideoTrack(), identity);
    const chunk = lane.pack(testUnit(start, true, 4000));
    assert.ok(chunk);
    const sent = packets(chunk);
    assert.deepEqual(
      sent.map(({ sequence }) => sequence),
      sent.map((_, at) => (65_535 + at) % 65_536),
    );
    assert.deepEqual(
      sent.map(({ marker }) => marker),
      sent.map((_, at) => at === sent.length - 1),
    );
    assert.ok(
      Buffer.from(sent[0]?.payload ?? []).includes(Buffer.of(0x67, 0x64, 0, 0x1f)),
      'the SPS comes first',
    );
  });

  it('reports which capture time an RTP time has', () => {
    const lane = new Lane(testVideoTrack(), identity);
    assert.equal(lane.report(unixMs(start * 1000)), undefined);
    // Captured 300 ms before the time line of the stream says.
    const unit = { ...testUnit(start, true), wallMs: unixMs(start * 1000 - 300), pts: ticks(start * 90_000) };
    lane.pack(unit);
    const made = lane.report(unixMs(start * 1000 + 1000));
    assert.ok(made);
    const [report] = parseRtcp(made.chunk.bytes.subarray(4)).packets;
    assert.ok(report?.kind === 'sender-report');
    assert.deepEqual(report.ntp, unixMsToNtp(unixMs(start * 1000 + 1000)));
    // 1.3 s after the unit was captured.
    assert.equal(report.rtpTime, (start * 90_000 + 117_000) % 2 ** 32);
  });
});

describe('a chunk', () => {
  it('is copied once for another channel, and for a few only', () => {
    const chunk = new Lane(testVideoTrack(), { index: 0, ssrc: 5, firstSequence: 1, cname: 't' }).pack(
      picture(0, true),
    );
    assert.ok(chunk);
    assert.equal(chunk.on(0), chunk.bytes);
    assert.equal(chunk.on(8), chunk.on(8));
    assert.deepEqual([chunk.bytes[1], chunk.on(8)[1]], [0, 8]);
    chunk.on(10);
    assert.notEqual(chunk.on(12), chunk.on(12), 'odd channels must not fill memory');
  });

  it('moved to another time wraps at 32 bits and leaves the original alone', () => {
    const lane = new Lane(testVideoTrack(), { index: 0, ssrc: 5, firstSequence: 1, cname: 't' });
    const time = 3 * 2 ** 32 - 10;
    const chunk = lane.pack({ ...picture(0, true), pts: ticks(time), dts: ticks(time) });
    const moved = chunk?.movedTo(time + 30);
    assert.deepEqual([chunk?.firstTimestamp, moved?.firstTimestamp], [2 ** 32 - 10, 20]);
    assert.equal(moved?.firstSequence, chunk?.firstSequence);
  });
});

describe('an address', () => {
  const cases = [
    ['rtsp://h:8554/stream1', 'stream1', undefined, 'live'],
    ['rtsp://ann:x@h/cam_1/sub/trackID=1', 'cam_1/sub', 1, 'live'],
    ['rtsps://h/cam_1?start=keyframe/trackID=0', 'cam_1', 0, 'keyframe'],
    ['rtsp://h/Front%20door/?start=next', 'Front door', undefined, 'next'],
    ['rtsp://h/cam_1?start=yesterday', 'cam_1', undefined, 'live'],
    ['rtsp://h', '', undefined, 'live'],
  ] as const;
  for (const [url, path, track, mode] of cases) {
    it(`${url} is read`, () => {
      const address = readStreamAddress(url);
      assert.deepEqual([address?.path, address?.track, address?.start], [path, track, mode]);
    });
  }

  it('that is none, or cannot be decoded, is not read', () => {
    for (const url of ['*', 'http://h/x', 'rtsp://h/%zz']) assert.equal(readStreamAddress(url), undefined);
  });
});
