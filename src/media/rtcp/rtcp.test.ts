import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { unixMs } from '../../base/units.ts';
import { isNoTime, ntpMiddle, ntpToUnixMs, unixMsToNtp } from './ntp.ts';
import type { RtcpPacket } from './packet.ts';
import { parseRtcp, type RtcpFault } from './parse.ts';
import { maxReportBlocks, writeRtcp, type RtcpToWrite } from './write.ts';

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

describe('NTP time (RFC 3550, 4)', () => {
  test('1970, now, and the era after 2036', () => {
    assert.equal(ntpToUnixMs({ seconds: 2_208_988_800, fraction: 0x8000_0000 }), 500);
    const next = unixMsToNtp(unixMs(Date.UTC(2040, 0, 1)));
    assert.equal(ntpToUnixMs(next), Date.UTC(2040, 0, 1));
  });

  test('the middle 32 bits (RFC 3550, 6.4.1, figure 2)', () => {
    assert.equal(ntpMiddle({ seconds: 0xb44d_b705, fraction: 0x2000_0000 }), 0xb705_2000);
  });

  test('any time of our era is found again to a microsecond', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 4_000_000_000_000, noNaN: true }), (time) => {
        assert(Math.abs(ntpToUnixMs(unixMsToNtp(unixMs(time))) - time) < 0.001);
      }),
    );
  });

  test('a sender without a clock', () => {
    assert(isNoTime({ seconds: 0, fraction: 0 }));
    assert(!isNoTime({ seconds: 0, fraction: 1 }));
  });
});

describe('reading', () => {
  test('GStreamer: a sender report and a name', () => {
    const text = readFileSync(new URL('testdata/gstreamer-1.22-sender-report.hex', import.meta.url), 'utf8');
    const { packets, fault } = parseRtcp(hex(text));
    assert.equal(fault, undefined);
    const [report, names] = packets;
    assert(report?.kind === 'sender-report');
    assert.equal(report.packets, 352);
    assert.equal(new Date(ntpToUnixMs(report.ntp)).getUTCFullYear(), 2026);
    assert(names?.kind === 'source-description');
    assert.deepEqual(names.sources, [{ ssrc: report.ssrc, cname: 'user2584609962@host-c2166952' }]);
  });

  const cases: [string, string, RtcpPacket][] = [
    [
      'NACK: a sequence and the bits of those after it (RFC 4585, 6.2.1)',
      '81cd0003 00000001 00000002 ffff8001',
      { kind: 'nack', sender: 1, media: 2, sequences: [0xffff, 0, 15] },
    ],
    ['PLI (RFC 4585, 6.3.1)', '81ce0002 00000001 00000002', { kind: 'picture-loss', sender: 1, media: 2 }],
    [
      'FIR (RFC 5104, 4.3.1)',
      '84ce0004 00000001 00000000 00000002 07000000',
      { kind: 'full-intra-request', sender: 1, entries: [{ ssrc: 2, command: 7 }] },
    ],
    [
      'REMB (draft-alvestrand-rmcat-remb-03, 2.2)',
      '8fce0005 00000001 00000000 52454d42 01060001 00000002',
      { kind: 'maximum-bitrate', sender: 1, bitsPerSecond: 0x2_0001 * 2, ssrcs: [2] },
    ],
    [
      'BYE with a reason (RFC 3550, 6.6)',
      '81cb0002 00000001 02686900',
      { kind: 'goodbye', ssrcs: [1], reason: 'hi' },
    ],
    [
      'a receiver report without blocks',
      '80c90001 00000009',
      { kind: 'receiver-report', ssrc: 9, blocks: [] },
    ],
  ];
  for (const [name, text, expected] of cases) {
    test(name, () => assert.deepEqual(parseRtcp(hex(text)), { packets: [expected], fault: undefined }));
  }

  test('APP and unknown types are skipped, what follows is read (RFC 3550, 6.1)', () => {
    const { packets, fault } = parseRtcp(hex('80cc0002 00000001 41424344 80d00000 80c90001 00000009'));
    assert.deepEqual([packets.map((packet) => packet.kind), fault], [['receiver-report'], undefined]);
  });

  test('padding belongs to no packet (RFC 3550, 6.4.1)', () => {
    const { packets } = parseRtcp(hex('a1cb0002 00000001 00000004'));
    assert.deepEqual(packets, [{ kind: 'goodbye', ssrcs: [1], reason: undefined }]);
  });

  const faults: [RtcpFault, string][] = [
    ['wrong-version', '00c90001 00000009'],
    ['cut-off', '80c9'],
    ['cut-off', '80c90002 00000009'],
    ['bad-padding', 'a0c90001 00000000'],
    ['bad-padding', 'a0c90001 000000ff'],
    ['too-short', '81c90001 00000009'],
    ['too-short', '80c80001 00000009'],
  ];
  for (const [fault, text] of faults) {
    test(`${fault}: what stands before is kept`, () => {
      const result = parseRtcp(hex(`80c90001 00000005 ${text}`));
      assert.equal(result.fault, fault);
      assert.deepEqual(result.packets, [{ kind: 'receiver-report', ssrc: 5, blocks: [] }]);
    });
  }
});

const uint32 = fc.nat(0xffff_ffff);
const block = fc.record({
  ssrc: uint32,
  fractionLost: fc.nat(255),
  cumulativeLost: fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
  extendedHighestSequence: uint32,
  jitter: uint32,
  lastSenderReport: uint32,
  delaySinceLastSenderReport: uint32,
});
const blocks = fc.array(block, { maxLength: 3 });
const written: fc.Arbitrary<RtcpToWrite> = fc.oneof(
  fc.record({
    kind: fc.constant('sender-report' as const),
    ssrc: uint32,
    ntp: fc.record({ seconds: uint32, fraction: uint32 }),
    rtpTime: uint32,
    packets: uint32,
    payloadBytes: uint32,
    blocks,
  }),
  fc.record({ kind: fc.constant('receiver-report' as const), ssrc: uint32, blocks }),
  fc.record({
    kind: fc.constant('goodbye' as const),
    ssrcs: fc.array(uint32, { maxLength: 3 }),
    reason: fc.option(fc.string({ unit: 'grapheme', maxLength: 8 }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant('picture-loss' as const), sender: uint32, media: uint32 }),
  fc.record({
    kind: fc.constant('canonical-name' as const),
    ssrc: uint32,
    cname: fc.string({ maxLength: 20 }),
  }),
);

/** As the reader calls it. */
function asRead(packet: RtcpToWrite): RtcpPacket {
  if (packet.kind !== 'canonical-name') return packet;
  return { kind: 'source-description', sources: [{ ssrc: packet.ssrc, cname: packet.cname }] };
}

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.array(written, { maxLength: 4 }), (packets) => {
      const bytes = writeRtcp(packets);
      assert.equal(bytes.length % 4, 0);
      assert.deepEqual(structuredClone(parseRtcp(bytes)), {
        packets: structuredClone(packets.map(asRead)),
        fault: undefined,
      });
    }),
    { numRuns: 200 },
  );
});

test('more blocks and text than fit are cut', () => {
  const many = Array.from({ length: 40 }, () => fc.sample(block, 1)).flat();
  const [report] = parseRtcp(writeRtcp([{ kind: 'receiver-report', ssrc: 1, blocks: many }])).packets;
  assert(report?.kind === 'receiver-report');
  assert.equal(report.blocks.length, maxReportBlocks);
  const [name] = parseRtcp(writeRtcp([{ kind: 'canonical-name', ssrc: 1, cname: 'ä'.repeat(200) }])).packets;
  assert(name?.kind === 'source-description');
  assert.equal(name.sources[0]?.cname, 'ä'.repeat(127));
});

test('any bytes: no throw, bounded, input unchanged', () => {
  const type = fc.constantFrom(200, 201, 202, 203, 204, 205, 206, 207);
  const packet = fc.tuple(fc.nat(0x3f), type, fc.uint8Array({ maxLength: 48 })).map(([first, type, body]) => {
    const words = Math.ceil(body.length / 4);
    const bytes = new Uint8Array(4 + 4 * words);
    bytes.set([0x80 | first, type, 0, words]);
    bytes.set(body, 4);
    return bytes;
  });
  const input = fc.array(fc.oneof({ weight: 5, arbitrary: packet }, fc.uint8Array({ maxLength: 9 })), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(input, (parts) => {
      const bytes = Uint8Array.from(Buffer.concat(parts));
      const before = bytes.slice();
      const { packets } = parseRtcp(bytes);
      assert(packets.length <= bytes.length / 4);
      assert.deepEqual(bytes, before);
    }),
    { numRuns: 400 },
  );
});
