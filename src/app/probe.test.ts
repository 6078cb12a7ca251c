import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { ProbeResult } from '../api/contract/cameras.ts';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { Hub } from '../hub/hub.ts';
import type { Attachment, Reader } from '../hub/reader.ts';
import { HandSource, testAudioTrack, testUnit, testVideoTrack } from '../hub/testing.ts';
import { Prober } from './probe.ts';

const frameMs = 40;
const never = new AbortController().signal;

class Nobody implements Reader {
  readonly kind = 'test';
  onTracks(): void {}
  onUnit(): void {}
  onEnd(): void {}
}

describe('a connection test', () => {
  let clock: ManualClock;
  let hub: Hub;
  let prober: Prober;
  let source: HandSource;

  beforeEach(() => {
    clock = new ManualClock();
    hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
    let count = 0;
    prober = new Prober({ hub, clock, newId: () => `probe_${++count}` });
    source = new HandSource();
  });

  /** Pictures of 1000 bytes at 25 a second, a keyframe every `gop`. */
  function deliver(seconds: number, gop = 25, from = source): void {
    for (let frame = 0; frame < seconds * 25; frame++) {
      clock.advance(frameMs);
      from.current.sink.unit(testUnit(clock.nowMs() / 1000, frame % gop === 0, 1000));
    }
  }

  async function succeed(from = source): Promise<Extract<ProbeResult, { ok: true }>> {
    const answer = prober.probe(from, never);
    from.current.sink.tracks([testVideoTrack()]);
    deliver(3, 25, from);
    const result = await answer;
    assert.ok(result.ok, JSON.stringify(result));
    return result;
  }

  it('answers with what the camera sends, in figures', async () => {
    const result = await succeed();
    assert.equal(result.framesPerSecond, 25);
    assert.equal(result.gopSeconds, 1);
    assert.ok(Math.abs(result.bitrateBps - 1000 * 8 * 25) < 10_000, String(result.bitrateBps));
    assert.equal(result.transport, 'by hand');
    assert.equal(result.tracks[0]?.codec, 'h264');
    assert.deepEqual(result.advice, []);
    assert.equal(result.previewHls, '/hls/probe_1/index.m3u8');
  });

  it('advises about a keyframe interval that makes viewers wait', async () => {
    const answer = prober.probe(source, never);
    source.current.sink.tracks([testVideoTrack()]);
    deliver(7, 1000);
    const result = await answer;
    assert.ok(result.ok);
    assert.equal(result.gopSeconds, null);
    assert.deepEqual(result.advice, [
      'The camera sends less than one keyframe in 6 s: pictures start slowly. Set its keyframe interval (I-frame interval, GOP) to 2 s.',
    ]);
  });

  it('waits for sound that is offered and comes late', async () => {
    const answer = prober.probe(source, never);
    source.current.silent = 1;
    source.current.sink.tracks([testVideoTrack()]);
    deliver(4);
    source.current.silent = 0;
    source.current.sink.tracks([testVideoTrack(), testAudioTrack()]);
    deliver(1);
    const result = await answer;
    assert.ok(result.ok);
    assert.deepEqual(
      result.tracks.map(({ codec }) => codec),
      ['h264', 'aac'],
    );
    assert.deepEqual(result.advice, []);
  });

  it('does not wait for ever for sound that is only offered, and says so', async () => {
    const answer = prober.probe(source, never);
    source.current.silent = 1;
    source.current.sink.tracks([testVideoTrack()]);
    deliver(7);
    const result = await answer;
    assert.ok(result.ok);
    assert.equal(result.tracks.length, 1);
    assert.match(result.advice.join(' '), /offers sound but sends none/);
  });

  it('answers with the first fault, and does not try again', async () => {
    const answer = prober.probe(source, never);
    source.current.fail('wrong-password');
    assert.deepEqual(await answer, {
      ok: false,
      fault: 'wrong-password',
      message: 'It failed: wrong-password.',
    });
    clock.advance(600_000);
    assert.equal(source.connections.length, 1, 'a second try could lock the account');
    assert.equal(hub.get('probe_1'), undefined);
    assert.equal(clock.timers, 0);
  });

  it('of a camera that answers but sends no picture ends in time, in words', async () => {
    const answer = prober.probe(source, never);
    source.current.sink.tracks([testVideoTrack()]);
    clock.advance(20_000);
    const result = await answer;
    assert.ok(!result.ok);
    assert.equal(result.fault, 'timeout');
    assert.match(result.message, /no picture for 20 s/);
    assert.equal(source.current.closed, true);
  });

  it('of a very slow camera answers with what was seen until then', async () => {
    const answer = prober.probe(source, never);
    source.current.sink.tracks([testVideoTrack()]);
    clock.advance(18_000);
    deliver(1.5);
    clock.advance(500);
    const result = await answer;
    assert.ok(result.ok);
    assert.equal(result.framesPerSecond, 25);
  });

  it('closes the connection when whoever asked went away', async () => {
    const client = new AbortController();
    const answer = prober.probe(source, client.signal);
    client.abort();
    assert.equal((await answer).ok, false);
    assert.equal(source.current.closed, true);
    assert.equal(hub.get('probe_1'), undefined);
    assert.equal(clock.timers, 0);
  });

  it('does not even begin when whoever asked has gone already', async () => {
    const result = await prober.probe(source, AbortSignal.abort());
    assert.equal(result.ok, false);
    assert.equal(source.connections.length, 0);
    assert.equal(clock.timers, 0);
  });

  it('leaves the camera alone after the answer, but keeps a preview that connects for a viewer', async () => {
    await succeed();
    clock.advance(10_000);
    assert.equal(source.current.closed, true);
    assert.ok(hub.get('probe_1')?.attach(new Nobody()).ok);
    assert.equal(source.connections.length, 2);
  });

  it('removes a preview that nobody watches, and then nothing waits', async () => {
    await succeed();
    clock.advance(59_000);
    assert.ok(hub.get('probe_1'));
    clock.advance(10_000);
    assert.equal(hub.get('probe_1'), undefined);
    assert.equal(clock.timers, 0);
  });

  it('keeps a preview as long as it is watched, and a minute more for a page that is reloaded', async () => {
    await succeed();
    const attached = hub.get('probe_1')?.attach(new Nobody());
    assert.ok(attached?.ok);
    const viewer: Attachment = attached.value;
    clock.advance(600_000);
    assert.ok(hub.get('probe_1'));
    viewer.detach();
    clock.advance(50_000);
    assert.ok(hub.get('probe_1'));
    clock.advance(20_000);
    assert.equal(hub.get('probe_1'), undefined);
  });

  it('is refused while eight others run, and works again when they have ended', async () => {
    const running = Array.from({ length: 8 }, () => new HandSource());
    const answers = running.map((each) => prober.probe(each, never));
    const ninth = await prober.probe(source, never);
    assert.ok(!ninth.ok);
    assert.equal(ninth.fault, 'busy');
    assert.match(ninth.message, /8 connection tests are running/);
    assert.equal(source.connections.length, 0);
    for (const each of running) each.current.fail('refused');
    await Promise.all(answers);
    await succeed();
  });

  it('takes the place of an old preview, one that nobody watches first', async () => {
    for (let each = 0; each < 8; each++) await succeed(new HandSource());
    assert.ok(hub.get('probe_1')?.attach(new Nobody()).ok);
    await succeed();
    assert.ok(hub.get('probe_1'), 'somebody looks at it');
    assert.equal(hub.get('probe_2'), undefined);
    assert.ok(hub.get('probe_9'));
  });
});
