import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { monotonicMs } from '../../base/units.ts';
import type { TransportFeedback } from './packet.ts';
import { maxListedPackets, parseRtcp } from './parse.ts';
import { SentPackets } from './sent-packets.ts';
import { writeRtcp } from './write.ts';

function bytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

/** Version 2, format 15, type 205. */
function feedback(body: string): TransportFeedback {
  const content = bytes(body);
  assert.equal(content.length % 4, 0);
  const head = Uint8Array.of(0x8f, 205, 0, content.length / 4);
  const [packet] = parseRtcp(Uint8Array.of(...head, ...content)).packets;
  assert.equal(packet?.kind, 'transport-feedback');
  return packet;
}

const ssrcs = '00000001 00000002';

describe('transport-wide feedback', () => {
  test('a run of packets that arrived (3.1.3), from a reference time in steps of 64 ms', () => {
    const { baseSequence, arrivalUs } = feedback(`${ssrcs} 0005 0003 000002 00 2003 00 04 08 00 0000`);
    assert.equal(baseSequence, 5);
    assert.deepEqual(arrivalUs, [128_000, 129_000, 131_000]);
  });

  test('one bit for each packet (3.1.4): those without it are missing', () => {
    const { arrivalUs } = feedback(`${ssrcs} ffff 0004 000000 00 a800 04 04`);
    assert.deepEqual(arrivalUs, [1000, undefined, 2000, undefined]);
  });

  test('two bits for each packet: large deltas have a sign', () => {
    const { arrivalUs } = feedback(`${ssrcs} 0000 0003 000000 00 d900 04 fffc 04 0000`);
    assert.deepEqual(arrivalUs, [1000, 0, 1000]);
  });

  test('what says more than it holds is left out', () => {
    const cut = bytes(`8f cd 0005 ${ssrcs} 0005 0009 000002 00 2009 0004`);
    assert.deepEqual(parseRtcp(cut), { packets: [], fault: 'too-short' });
    const endless = bytes(`8f cd 0005 ${ssrcs} 0005 0009 000002 00 0000 0000`);
    assert.equal(parseRtcp(endless).fault, 'too-short');
  });

  test('a datagram cannot tell of more packets than are looked at, in one part or in many', () => {
    const of2000 = bytes(`8f cd 0005 ${ssrcs} 0000 07d0 000000 00 07d0 0000`);
    const { packets, fault } = parseRtcp(Buffer.concat([of2000, of2000, of2000]));
    assert.deepEqual([packets.length, fault], [1, 'too-much']);
    const asks = writeRtcp([
      { kind: 'nack', sender: 1, media: 2, sequences: Array.from({ length: 2000 }, (_, index) => index) },
    ]);
    const asked = parseRtcp(Buffer.concat([asks, asks, asks])).packets.map((packet) =>
      packet.kind === 'nack' ? packet.sequences.length : Number.NaN,
    );
    assert.deepEqual(asked, [2000, maxListedPackets - 2000, 0]);
  });

  test('any bytes: no throw, bounded, input unchanged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (content) => {
        const whole = content.subarray(0, content.length - (content.length % 4));
        const packet = Uint8Array.of(0x8f, 205, 0, whole.length / 4, ...whole);
        const before = packet.slice();
        for (const read of parseRtcp(packet).packets) {
          if (read.kind === 'transport-feedback') assert(read.arrivalUs.length <= maxListedPackets);
        }
        assert.deepEqual(packet, before);
      }),
    );
  });
});

function told(from: number, arrivals: readonly (number | undefined)[]): TransportFeedback {
  return { kind: 'transport-feedback', sender: 1, media: 2, baseSequence: from, arrivalUs: arrivals };
}

describe('what a way carries', () => {
  test('loss and arrived bitrate over a second, across the wrap of sequence numbers', () => {
    const packets = new SentPackets();
    for (let index = 0; index < 100; index += 1) packets.sent((0xffce + index) & 0xffff, 1250);
    packets.heard(
      told(
        0xffce,
        Array.from({ length: 50 }, () => 0),
      ),
      monotonicMs(0),
    );
    assert.equal(packets.figures.lossRatio, null);
    const second = Array.from({ length: 50 }, (_, index) => (index % 10 === 0 ? undefined : 0));
    assert(packets.heard(told(0, second), monotonicMs(1000)));
    assert.deepEqual(packets.figures, { lossRatio: 0.05, arrivedBps: 95 * 1250 * 8 });
  });

  test('what a receiver repeats, or was never sent, counts for nothing', () => {
    const packets = new SentPackets();
    packets.sent(7, 1000);
    packets.heard(told(7, [0]), monotonicMs(0));
    packets.heard(told(7, [undefined]), monotonicMs(500));
    packets.sent(8, 1000);
    packets.heard(told(7, [undefined, 0, undefined]), monotonicMs(1000));
    assert.deepEqual(packets.figures, { lossRatio: 0, arrivedBps: 16_000 });
  });
});

describe('writing', () => {
  test('packets that are asked for again come back as they were asked for', () => {
    const sequence = fc.nat(0xffff);
    fc.assert(
      fc.property(fc.uniqueArray(sequence, { maxLength: 100 }), (asked) => {
        const sorted = asked.toSorted((left, right) => left - right);
        const written = writeRtcp([{ kind: 'nack', sender: 1, media: 2, sequences: sorted }]);
        const [read] = parseRtcp(written).packets;
        if (sorted.length === 0) return;
        assert.deepEqual(read, { kind: 'nack', sender: 1, media: 2, sequences: sorted });
      }),
    );
  });

  test('a bitrate is kept to 18 bits', () => {
    for (const bitsPerSecond of [0, 1, 250_000, 262_143, 262_144, 4_000_000, 10_000_000_000]) {
      const written = writeRtcp([{ kind: 'maximum-bitrate', sender: 1, bitsPerSecond, ssrcs: [9] }]);
      const [read] = parseRtcp(written).packets;
      assert(read?.kind === 'maximum-bitrate');
      assert.deepEqual(read.ssrcs, [9]);
      assert(Math.abs(read.bitsPerSecond - bitsPerSecond) <= bitsPerSecond / 2 ** 17);
    }
  });
});
