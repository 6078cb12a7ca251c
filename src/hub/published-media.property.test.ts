import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { silentLog } from '../base/log.ts';
import { ok } from '../base/result.ts';
import { chooseTracks } from '../media/ingest/offer.ts';
import { writeRtp } from '../media/rtp/packet.ts';
import { parseSdp } from '../media/sdp/parse.ts';
import { PublishedMedia } from './published-media.ts';

const sections = ['H264/90000', 'H265/90000', 'JPEG/90000', 'opus/48000/2', 'PCMU/8000'] as const;

function description(video: string, audio: string): string {
  return `v=0\ns=-\nm=video 0 RTP/AVP 96\na=rtpmap:96 ${video}\nm=audio 0 RTP/AVP 97\na=rtpmap:97 ${audio}\n`;
}

const rtp = fc
  .record({
    payloadType: fc.constantFrom(96, 96, 96, 97, 97, 13),
    marker: fc.boolean(),
    sequence: fc.oneof(fc.nat(40), fc.nat(0xffff)),
    timestamp: fc.oneof(fc.nat(20_000), fc.nat(0xffff_ffff)),
    ssrc: fc.constantFrom(1, 1, 1, 2),
    payload: fc.uint8Array({ maxLength: 80 }),
  })
  .map(writeRtp);

/** A packet on some track (there are two), and what time passes after it. */
const step = fc.record({
  track: fc.nat(2),
  part: fc.constantFrom('rtp', 'rtp', 'rtp', 'rtcp', 'shared'),
  bytes: fc.oneof(rtp, rtp, fc.uint8Array({ maxLength: 60 })),
  passMs: fc.constantFrom(0, 0, 1, 60),
});

it('any packets: nothing throws, times rise, nothing is told after the end, and no timer is left', () => {
  const video = fc.constantFrom(...sections.slice(0, 3));
  const audio = fc.constantFrom(...sections.slice(3));
  const steps = fc.array(step, { maxLength: 120 });
  const lower = fc.constantFrom('tcp' as const, 'udp' as const);
  fc.assert(
    fc.property(video, audio, lower, steps, (picture, sound, way, sent) => {
      const clock = new ManualClock();
      const parsed = parseSdp(description(picture, sound));
      assert.ok(parsed.ok);
      const bugs: unknown[] = [];
      const log: Log = { ...silentLog, error: (_, fields) => bugs.push(fields?.['error']) };
      const last: number[] = [];
      let known = 0;
      let isOver = false;
      const media = PublishedMedia.begin({
        publish: () =>
          ok({
            tracks: (tracks) => (known = tracks.length),
            unit: (unit) => {
              assert.ok(!isOver && unit.track < known);
              assert.ok(unit.dts > (last[unit.track] ?? -1));
              last[unit.track] = unit.dts;
            },
            ended: () => (isOver = true),
          }),
        camera: 'cam_x',
        transport: 'test',
        address: '',
        tracks: chooseTracks(parsed.value, 'publisher').tracks.map((offered) => ({ offered, lower: way })),
        clock,
        log,
        ssrc: 1,
        asksKeyframes: true,
        send: (_, bytes) => assert.ok(bytes.length <= 200),
        onOver: () => undefined,
      });
      assert.ok(media.ok);
      for (const { track, part, bytes, passMs } of sent) {
        const before = Uint8Array.from(bytes);
        if (part === 'shared') media.value.sharedRtcp(bytes);
        else media.value.packet(track, part, bytes);
        assert.deepEqual(bytes, before);
        clock.advance(passMs);
      }
      media.value.leave('Bye.');
      assert.deepEqual(bugs, []);
      assert.equal(clock.timers, 0);
    }),
    { numRuns: 150 },
  );
});
