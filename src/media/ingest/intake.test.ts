import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { hertz, unixMs, type UnixMs } from '../../base/units.ts';
import { H264Depacketizer } from '../codec/h264/depacketize.ts';
import { packetizeH264 } from '../codec/h264/packetize.ts';
import { splitAnnexB } from '../codec/nal-units.ts';
import { writeRtp } from '../rtp/packet.ts';
import type { AccessUnit, Track } from '../track.ts';
import { tcpReorderLimits } from '../rtp/reorder.ts';
import { Intake } from './intake.ts';
import { defaultIngestLimits } from './limits.ts';

const testdata = new URL('../codec/testdata/', import.meta.url);

/** Pictures of a file, with the parameter sets that stand before them; one slice is one picture. */
function pictures(file: string): Uint8Array[][] {
  const units: Uint8Array[][] = [];
  let open: Uint8Array[] = [];
  for (const nal of splitAnnexB(readFileSync(new URL(file, testdata)))) {
    open.push(nal);
    const type = (nal[0] ?? 0) & 31;
    if (type !== 1 && type !== 5) continue;
    units.push(open);
    open = [];
  }
  return units;
}

/** An H.264 camera whose description has no parameter sets, on its way into an intake. */
class Camera {
  readonly clock = new ManualClock();
  readonly announced: (readonly Track[])[] = [];
  readonly units: AccessUnit[] = [];
  readonly told: string[] = [];
  readonly intake: Intake;
  #sequence = 100;
  #time = 5000;
  #losing = false;

  constructor(notBeforeMs?: UnixMs) {
    const sink = {
      tracks: (tracks: readonly Track[]) => this.announced.push(tracks),
      unit: (unit: AccessUnit) => this.units.push(unit),
    };
    this.intake = new Intake({
      limits: defaultIngestLimits,
      sink,
      notBeforeMs,
      onDamaged: (reason) => this.told.push(reason),
    });
    this.intake.add({
      offered: {
        kind: 'video',
        section: 0,
        control: 'trackID=1',
        payloadType: 96,
        clockHz: hertz(90_000),
        depacketizer: new H264Depacketizer(),
      },
      reorder: tcpReorderLimits,
    });
  }

  send(units: readonly (readonly Uint8Array[])[]): this {
    for (const nals of units) {
      for (const { payload, marker } of packetizeH264(nals, 1200)) {
        this.#sequence = (this.#sequence + 1) & 0xffff;
        if (this.#losing) {
          this.#losing = false;
          continue;
        }
        const header = { payloadType: 96, marker, sequence: this.#sequence, timestamp: this.#time, ssrc: 7 };
        this.intake.packet(0, 'rtp', writeRtp({ ...header, payload }), this.arrival());
      }
      this.#time += 3600;
      this.clock.advance(40);
    }
    return this;
  }

  /** The next packet is lost on its way. */
  loseOne(): this {
    this.#losing = true;
    return this;
  }

  arrival() {
    return { wallMs: this.clock.nowMs(), monotonicMs: this.clock.monotonicMs() };
  }

  play(startRtpTimes: readonly number[] = []): this {
    this.intake.start(startRtpTimes);
    return this;
  }
}

test('a camera that sends its parameter sets in the stream only is announced from there', () => {
  const camera = new Camera().play().send(pictures('x264-baseline.h264'));
  const codec = camera.announced[0]?.[0]?.codec;
  assert.ok(codec?.kind === 'h264');
  assert.ok(codec.widthPixels > 0);
  assert.equal(camera.units.length, pictures('x264-baseline.h264').length);
});

test('joining between key frames: what cannot be decoded is not delivered', () => {
  const whole = pictures('x264-baseline.h264');
  const camera = new Camera().play().send([...whole.slice(1, 4), ...whole]);
  assert.ok(camera.units[0]?.key);
  assert.equal(camera.units.length, whole.length);
});

test('media that comes before the answer to PLAY is not lost', () => {
  const whole = pictures('x264-baseline.h264');
  const camera = new Camera().send(whole.slice(0, 3));
  assert.equal(camera.units.length, 0);
  camera.play().send(whole.slice(3));
  assert.equal(camera.units.length, whole.length);
});

test('a camera that floods before it answers PLAY fills no memory', () => {
  const camera = new Camera();
  const arrival = camera.arrival();
  for (let count = 0; count < 10_000; count += 1) {
    camera.intake.packet(0, 'rtp', new Uint8Array(60_000), arrival);
  }
  assert.ok(camera.intake.counters.damaged > 9000);
});

test('another resolution in the middle of the stream is announced before its first picture', () => {
  const [small, large] = [pictures('x264-baseline.h264'), pictures('x264-cropped-1080.h264')];
  const camera = new Camera().play().send(small).send(large);
  const heights = camera.announced.map(([track]) =>
    track && 'heightPixels' in track.codec ? track.codec.heightPixels : 0,
  );
  assert.equal(camera.announced.length, 2);
  assert.equal(heights[1], 1080);
  assert.equal(camera.units.length, small.length + large.length);
  const times = camera.units.map((unit) => unit.dts);
  assert.deepEqual(
    times,
    [...new Set(times)].sort((a, b) => a - b),
  );
});

test('a lost packet costs its picture, is counted, and the stream goes on', () => {
  const whole = pictures('x264-baseline.h264');
  const camera = new Camera().play().send(whole.slice(0, 2)).loseOne().send(whole.slice(2));
  assert.equal(camera.units.length, whole.length - 1);
  assert.equal(camera.intake.counters.packetsLost, 1);
  assert.ok(camera.intake.counters.damaged > 0);
});

test('the time line begins at the wall time of the first picture, or where the connection before ended', () => {
  const first = new Camera().play().send(pictures('x264-baseline.h264').slice(0, 2));
  const startMs = first.clock.nowMs() - 80;
  assert.equal(Math.round((first.units[0]?.pts ?? 0) / 90), startMs);
  const endMs = first.intake.endMs;
  assert.ok(endMs !== undefined && endMs >= startMs);
  const later = unixMs(startMs + 60_000);
  const second = new Camera(later).play().send(pictures('x264-baseline.h264').slice(0, 2));
  assert.ok((second.units[0]?.pts ?? 0) / 90 >= later);
});

test('goodbye on every track is the end', () => {
  const camera = new Camera().play().send(pictures('x264-baseline.h264').slice(0, 2));
  assert.equal(camera.intake.ended, false);
  const goodbye = new Uint8Array([0x81, 203, 0, 1, 0, 0, 0, 7]);
  camera.intake.packet(0, 'rtcp', goodbye, camera.arrival());
  assert.equal(camera.intake.ended, true);
});
