/** A muxer's life: who watches, when it is let go, and what a viewer sees when the camera changes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseMediaPlaylist } from '../../media/hls/parse.ts';
import type { ReadMediaPlaylist } from '../../media/hls/parse.ts';
import type { HlsResponse } from './response.ts';
import { audioTrack, HlsRig, shoot, textOf, videoTrack } from './synthetic.testing.ts';
import type { StreamPolicy } from '../../hub/stream.ts';

async function playlist(rig: HlsRig): Promise<ReadMediaPlaylist> {
  const read = parseMediaPlaylist(textOf(await rig.ask('live.m3u8')));
  assert.ok(read.ok);
  return read.value;
}

/** A camera that is on, and nobody watches. */
function camera(policy: Partial<StreamPolicy> = {}): HlsRig {
  const rig = new HlsRig(policy);
  rig.tracks(videoTrack());
  rig.play(pictures(rig));
  return rig;
}

function pictures(rig: HlsRig, seconds = 1.2) {
  return shoot({ fps: 25, gopFrames: 50, seconds, startSeconds: rig.nowSeconds + 0.04 });
}

/** The connection is lost, and is there again when the camera has had a few seconds. */
function reconnect(rig: HlsRig, heightPixels = 720): void {
  rig.source.current.fail('ended');
  rig.clock.advance(3_000);
  rig.tracks(videoTrack(heightPixels));
}

function codeOf(response: HlsResponse): string {
  return response.kind === 'problem' ? `${response.status} ${response.code}` : response.kind;
}

function cookieOf(response: HlsResponse): string | undefined {
  if (response.kind !== 'content') return undefined;
  return /^sightline-viewer=(\w+);/.exec(response.headers['set-cookie'] ?? '')?.[1];
}

describe('a camera that comes back', () => {
  it('continues as a discontinuity, with the same init segment', async () => {
    const rig = camera();
    const before = await playlist(rig);
    reconnect(rig);
    rig.play(pictures(rig));
    const { segments, mediaSequence, targetDurationSeconds, partTargetSeconds } = await playlist(rig);
    const [first, second] = segments;
    assert.equal(mediaSequence, before.mediaSequence);
    assert.equal(second?.discontinuity, true);
    assert.equal(second?.mapUri, first?.mapUri);
    assert.equal(second?.parts[0]?.independent, true);
    assert.equal(second?.programDateTimeMs, (first?.programDateTimeMs ?? 0) + 1_200 + 3_000);
    assert.deepEqual(
      [targetDurationSeconds, partTargetSeconds],
      [before.targetDurationSeconds, before.partTargetSeconds],
    );
  });

  it('with another size has another init segment, and the old one is still there', async () => {
    const rig = camera();
    await playlist(rig);
    reconnect(rig, 1080);
    rig.play(pictures(rig));
    const [first, second] = (await playlist(rig)).segments;
    assert.equal(second?.discontinuity, true);
    assert.notEqual(second?.mapUri, first?.mapUri);
    const inits = await Promise.all([first, second].map((segment) => rig.ask(segment?.mapUri ?? '')));
    assert.deepEqual(inits.map(codeOf), ['content', 'content']);
    assert.match(textOf(await rig.ask('index.m3u8')), /RESOLUTION=1920x1080/);
  });

  it('is waited for with the last playlist, so that viewers stay', async () => {
    const rig = camera();
    await playlist(rig);
    rig.source.current.fail('ended');
    assert.equal(codeOf(await rig.ask('live.m3u8')), 'content');
  });
});

describe('a playlist', () => {
  it('names the keyframe to begin with while players would begin where there is none', async () => {
    const rig = new HlsRig();
    rig.tracks(videoTrack());
    const units = shoot({ fps: 25, gopFrames: 100, seconds: 8, startSeconds: rig.nowSeconds + 0.04 });
    rig.play(units.slice(0, 10));
    assert.ok((await playlist(rig)).segments.length > 0);
    const starts: (number | undefined)[] = [];
    for (const [from, to] of [
      [10, 50],
      [50, 90],
      [90, 140],
    ] as const) {
      rig.play(units.slice(from, to));
      starts.push((await playlist(rig)).startSeconds);
    }
    assert.deepEqual(starts, [0, 0, undefined]);
  });
});

describe('a camera whose picture stops', () => {
  it('has a bounded amount of sound in the part that waits for it', async () => {
    const rig = new HlsRig();
    rig.tracks(videoTrack(), audioTrack());
    const startSeconds = rig.nowSeconds + 0.04;
    const shot = { fps: 25, gopFrames: 500, seconds: 1.48, startSeconds, audio: true };
    await rig.ask('live.m3u8', '', { signal: AbortSignal.abort() });
    rig.play(shoot(shot));
    const { preloadHintUri } = await playlist(rig);
    rig.burst(
      shoot({ ...shot, seconds: 61.48 })
        .filter((unit) => unit.track === 1)
        .slice(70),
    );
    rig.play(shoot({ ...shot, seconds: 2.4, audio: false }).slice(37));
    const part = await rig.ask(preloadHintUri, '', { signal: AbortSignal.timeout(1_000) });
    assert.ok(part.kind === 'content');
    const bytes = Buffer.concat(part.body).length;
    assert.ok(bytes > 100_000 && bytes < 300_000, `${bytes} bytes`);
  });
});

describe('the latency mode', () => {
  it('moves players away from the end, at once and without a break', async () => {
    const rig = camera();
    const holdBack = async () => (await playlist(rig)).partHoldBackSeconds;
    const { partTargetSeconds } = await playlist(rig);
    const leastSeconds = 3 * partTargetSeconds;
    assert.equal(await holdBack(), leastSeconds);
    const policy = { start: 'always', closeAfterMs: 1000, maxReaders: 0 } as const;
    rig.stream.configure({ ...policy, latency: 'high' });
    rig.play(pictures(rig));
    assert.ok(Math.abs((await holdBack()) - leastSeconds - 1.9) < 1e-6);
    rig.stream.configure({ ...policy, latency: 'normal' });
    rig.play(pictures(rig));
    assert.ok(Math.abs((await holdBack()) - leastSeconds - 0.4) < 1e-6);
    assert.equal(rig.source.connections.length, 1);
    assert.ok((await playlist(rig)).segments.every(({ discontinuity }) => !discontinuity));
  });
});

describe('viewers', () => {
  it('over the limit are refused, until one has left', async () => {
    const rig = camera({ maxReaders: 1 });
    assert.equal(codeOf(await rig.ask('index.m3u8', '', { userAgent: 'first' })), 'content');
    assert.equal(codeOf(await rig.ask('index.m3u8', '', { userAgent: 'second' })), '503 too-many-readers');
    assert.equal(codeOf(await rig.ask('live.m3u8', '', { userAgent: 'first' })), 'content');
    rig.clock.advance(13_000);
    rig.play(pictures(rig));
    assert.equal(codeOf(await rig.ask('index.m3u8', '', { userAgent: 'second' })), 'content');
  });

  it('are told apart by cookie where they look the same', async () => {
    const rig = camera();
    const cookie = cookieOf(await rig.ask('index.m3u8'));
    assert.ok(cookie);
    await rig.ask('live.m3u8', '', { cookie });
    assert.equal(rig.stream.status().stats.viewers, 1);
    const other = cookieOf(await rig.ask('index.m3u8'));
    assert.notEqual(other, cookie);
    assert.equal(rig.stream.status().stats.viewers, 2);
  });

  it('have what they were sent counted, and what they asked for in vain', async () => {
    const rig = camera();
    const index = await rig.ask('index.m3u8');
    const cookie = cookieOf(index) ?? '';
    const list = await rig.ask('live.m3u8', '', { cookie });
    const init = await rig.ask(/MAP:URI="([^"]+)"/.exec(textOf(list))?.[1] ?? '', '', { cookie });
    const sent = [index, list, init].map((answer) => (answer.kind === 'content' ? answer.bytes : NaN));
    await rig.ask('init-0000-9.mp4', '', { cookie });
    const [viewer] = rig.stream.viewers();
    assert.equal(viewer?.bytesSent, sent[0]! + sent[1]! + sent[2]!);
    assert.equal(viewer.errors, 1);
    rig.clock.advance(20_000);
    const { viewers, bytesSent } = rig.stream.status().stats;
    assert.deepEqual([viewers, bytesSent], [0, viewer.bytesSent], 'the sum outlives the viewer');
  });

  it('whom an operator ends are refused for a minute, others not', async () => {
    const rig = camera();
    await rig.ask('live.m3u8', '', { userAgent: 'ended' });
    const [viewer] = rig.stream.viewers();
    await rig.ask('live.m3u8', '', { userAgent: 'other' });
    assert.equal(rig.stream.endViewer(viewer?.id ?? '', 'Enough.'), 'ended');
    assert.equal(codeOf(await rig.ask('live.m3u8', '', { userAgent: 'ended' })), '403 viewer-ended');
    assert.deepEqual(
      rig.stream.viewers().map(({ client }) => client),
      ['other'],
    );
    for (let second = 0; second < 61; second += 1) {
      rig.clock.advance(1_000);
      await rig.ask('live.m3u8', '', { userAgent: 'other' });
    }
    assert.equal(codeOf(await rig.ask('live.m3u8', '', { userAgent: 'ended' })), 'content');
  });

  it('without cookies are one for each address and user agent', async () => {
    const rig = camera();
    for (let request = 0; request < 5; request += 1) await rig.ask('live.m3u8');
    await rig.ask('live.m3u8', '', { userAgent: 'other' });
    assert.equal(rig.stream.status().stats.viewers, 2);
  });

  it('who are gone let the stream go', async () => {
    const rig = camera();
    await playlist(rig);
    assert.equal(rig.stream.status().stats.readers, 1);
    rig.clock.advance(20_000);
    assert.equal(rig.stream.status().stats.readers, 0);
    assert.equal(rig.stream.status().stats.viewers, 0);
    assert.equal(rig.output.activeMuxers, 0);
  });

  it('who come later find new names and higher numbers', async () => {
    const rig = camera();
    const before = await playlist(rig);
    rig.clock.advance(20_000);
    reconnect(rig);
    rig.play(pictures(rig));
    const after = await playlist(rig);
    assert.ok(after.mediaSequence > before.mediaSequence + before.segments.length);
    assert.ok(after.discontinuitySequence > before.discontinuitySequence);
    assert.notEqual(after.segments[0]?.mapUri, before.segments[0]?.mapUri);
    assert.equal(codeOf(await rig.ask(before.preloadHintUri)), '404 file-not-found');
  });
});

describe('a stream that is closed', () => {
  it('answers who waits, and frees everything', async () => {
    const rig = camera();
    const { mediaSequence } = await playlist(rig);
    const asked = rig.ask('live.m3u8', `_HLS_msn=${mediaSequence + 1}&_HLS_part=0`);
    await new Promise((resolve) => setImmediate(resolve));
    rig.close();
    assert.equal(codeOf(await asked), '503 camera-offline');
    assert.equal(rig.output.activeMuxers, 0);
  });
});
