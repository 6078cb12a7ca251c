/** What a player gets from the output, over streams of every kind, under a clock moved by hand. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { parseMediaPlaylist, parseMultivariantPlaylist } from '../../media/hls/parse.ts';
import type { ReadMediaPlaylist } from '../../media/hls/parse.ts';
import type { HlsResponse } from './response.ts';
import type { Shot } from './synthetic.testing.ts';
import { HlsRig, audioTrack, shoot, textOf, videoTrack } from './synthetic.testing.ts';

async function playlist(rig: HlsRig, query = ''): Promise<ReadMediaPlaylist> {
  const read = parseMediaPlaylist(textOf(await rig.ask('live.m3u8', query)));
  assert.ok(read.ok);
  return read.value;
}

/** A rig whose viewer has the playlist of such a stream since its second second. */
async function watching(
  shot: Partial<Shot> = {},
  tracks = [videoTrack(720, shot.fps ?? 25)],
): Promise<HlsRig> {
  const rig = new HlsRig();
  rig.tracks(...tracks);
  const startSeconds = rig.nowSeconds;
  const units = shoot({ fps: 25, gopFrames: 50, seconds: 1.2, startSeconds, ...shot });
  const early = units.filter((unit) => unit.wallMs < (startSeconds + 1.2) * 1000);
  rig.play(early);
  await rig.watch(units.slice(early.length));
  return rig;
}

function status(response: HlsResponse): number {
  return response.kind === 'gone' ? 0 : response.status;
}

/** Lets promises settle without moving the clock. */
async function settled<T>(promise: Promise<T>): Promise<T | 'pending'> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  return Promise.race([promise, Promise.resolve('pending' as const)]);
}

describe('the first playlist', () => {
  it('comes at once from the cached GOP, with its capture times', async () => {
    const rig = await watching();
    const { segments, preloadHintUri } = await playlist(rig);
    assert.equal(segments.length, 1);
    assert.equal(segments[0]?.parts.length, 6);
    assert.equal(segments[0]?.programDateTimeMs, 1_700_000_000_000);
    assert.equal(segments[0]?.whole?.durationSeconds, 1.2);
    assert.match(preloadHintUri, /^part-token\d+xyz-6\.mp4$/);
  });

  it('of a camera that is connecting is held until the first part', async () => {
    const rig = new HlsRig();
    const asked = rig.ask('index.m3u8');
    assert.equal(await settled(asked), 'pending');
    rig.tracks(videoTrack());
    rig.play(shoot({ fps: 25, gopFrames: 50, seconds: 0.16, startSeconds: rig.nowSeconds }));
    assert.equal(await settled(asked), 'pending');
    rig.play(
      shoot({ fps: 25, gopFrames: 50, seconds: 0.04, startSeconds: rig.nowSeconds + 0.04 }).map((it) => ({
        ...it,
        key: false,
      })),
    );
    assert.equal(status(await asked), 200);
  });

  it('is not held for long, and says why there is none', async () => {
    const rig = new HlsRig();
    const asked = rig.ask('index.m3u8');
    rig.source.current.fail('wrong-password');
    rig.clock.advance(300);
    const answer = await asked;
    assert.ok(answer.kind === 'problem');
    assert.equal(answer.status, 503);
    assert.equal(answer.code, 'camera-offline');
    assert.equal(answer.state, 'error');
    assert.match(answer.detail, /wrong-password/);
    assert.equal(typeof answer.sinceMs, 'number');
    assert.match(answer.headers['retry-after'] ?? '', /^\d+$/);
  });

  it('waits a moment for sound that was announced, and plays without it when none comes', async () => {
    const rig = new HlsRig();
    rig.tracks(videoTrack(), audioTrack());
    const asked = rig.ask('index.m3u8');
    rig.play(shoot({ fps: 25, gopFrames: 50, seconds: 0.4, startSeconds: rig.nowSeconds }));
    assert.equal(await settled(asked), 'pending');
    rig.play(
      shoot({ fps: 25, gopFrames: 50, seconds: 1, startSeconds: rig.nowSeconds + 0.04 }).map((it) => ({
        ...it,
        key: false,
      })),
    );
    const read = parseMultivariantPlaylist(textOf(await asked));
    assert.ok(read.ok);
    assert.equal(read.value.variants[0]?.codecs, 'avc1.64001f');
  });

  it('names codecs, size, rate and bandwidth', async () => {
    const rig = await watching({ audio: true }, [videoTrack(), audioTrack()]);
    const read = parseMultivariantPlaylist(textOf(await rig.ask('index.m3u8')));
    assert.ok(read.ok);
    const [variant] = read.value.variants;
    assert.equal(variant?.uri, 'live.m3u8');
    assert.equal(variant?.codecs, 'avc1.64001f,mp4a.40.2');
    assert.deepEqual(variant?.picture, { widthPixels: 1280, heightPixels: 720, framesPerSecond: 25 });
    assert.ok((variant?.peakBitsPerSecond ?? 0) > 50_000);
  });

  it('of a stream that MP4 cannot carry is refused with the reason', async () => {
    const rig = new HlsRig();
    rig.tracks({ ...videoTrack(), codec: { kind: 'mjpeg', widthPixels: 640, heightPixels: 480 } });
    const answer = await rig.ask('index.m3u8');
    assert.ok(answer.kind === 'problem');
    assert.equal(answer.code, 'not-playable');
  });
});

const jitter = (frame: number): number => ((frame * 7919) % 31) - 15;
const streams: readonly (readonly [string, Partial<Shot>, { partTarget: number; frames: number }])[] = [
  ['25 fps', { fps: 25 }, { partTarget: 0.21, frames: 5 }],
  ['30 fps', { fps: 30, gopFrames: 60 }, { partTarget: 0.21, frames: 6 }],
  ['29.97 fps', { fps: 30_000 / 1001, gopFrames: 60 }, { partTarget: 0.211, frames: 6 }],
  ['15 fps', { fps: 15, gopFrames: 30 }, { partTarget: 0.21, frames: 3 }],
  ['12.5 fps', { fps: 12.5, gopFrames: 25 }, { partTarget: 0.168, frames: 2 }],
  ['5 fps', { fps: 5, gopFrames: 10 }, { partTarget: 0.21, frames: 1 }],
  ['1 fps', { fps: 1, gopFrames: 2 }, { partTarget: 1.05, frames: 1 }],
  ['25 fps with jitter', { fps: 25, jitterMs: jitter }, { partTarget: 0.21, frames: 0 }],
  ['25 fps with B-frames', { fps: 25, bFrames: true }, { partTarget: 0.21, frames: 5 }],
  ['25 fps with sound', { fps: 25, audio: true }, { partTarget: 0.21, frames: 5 }],
  ['a GOP of 10 s', { fps: 25, gopFrames: 250 }, { partTarget: 0.21, frames: 5 }],
  ['a GOP of 1 s', { fps: 25, gopFrames: 25 }, { partTarget: 0.21, frames: 5 }],
  [
    'frames that come half as often after a while',
    { fps: 25, jitterMs: (frame) => Math.max(0, frame - 60) * 40 },
    { partTarget: 0.21, frames: 0 },
  ],
];

describe('parts and segments', () => {
  for (const [name, shot, expected] of streams) {
    it(`of ${name} keep their bounds`, async () => {
      const tracks = shot.audio ? [videoTrack(720, shot.fps), audioTrack()] : [videoTrack(720, shot.fps)];
      const rig = await watching({ seconds: 36, ...shot }, tracks);
      const read = await playlist(rig);
      assert.equal(read.partTargetSeconds, expected.partTarget);
      assertBounds(read);
      if (expected.frames > 0) {
        const parts = read.segments.flatMap((segment) => segment.parts.slice(0, -1));
        for (const part of parts) {
          assert.ok(
            Math.abs(part.durationSeconds - expected.frames / shot.fps!) < 0.0002,
            `${part.durationSeconds}`,
          );
        }
      }
    });
  }

  it('of sound alone are as long, and each can be started from', async () => {
    const rig = await watching({ video: false, audio: true, seconds: 10 }, [audioTrack(0)]);
    const read = await playlist(rig);
    assertBounds(read);
    assert.ok(read.segments.length >= 4);
    assert.ok(read.segments.every((segment) => segment.parts.every((part) => part.independent)));
  });
});

function assertBounds(read: ReadMediaPlaylist): void {
  const target = read.partTargetSeconds;
  for (const segment of read.segments) {
    for (const [index, part] of segment.parts.entries()) {
      assert.ok(part.durationSeconds <= target, `part of ${part.durationSeconds} s`);
      const isLast = index === segment.parts.length - 1;
      assert.ok(isLast || part.durationSeconds >= 0.85 * target, `part of ${part.durationSeconds} s`);
    }
    if (segment.whole) {
      assert.ok(Math.round(segment.whole.durationSeconds) <= read.targetDurationSeconds);
    }
  }
  assert.ok(read.segments.length > 1);
}

describe('a held request', () => {
  it('is answered when its part is complete, and not before', async () => {
    const rig = await watching();
    const { mediaSequence } = await playlist(rig);
    const asked = rig.ask('live.m3u8', `_HLS_msn=${mediaSequence + 1}&_HLS_part=0`);
    const next = shoot({ fps: 25, gopFrames: 50, seconds: 0.2, startSeconds: rig.nowSeconds + 0.04 }).map(
      (it) => ({ ...it, key: false }),
    );
    rig.play(next.slice(0, 4));
    assert.equal(await settled(asked), 'pending');
    rig.play(next.slice(4));
    const answer = await asked;
    assert.match(textOf(answer), /part-token\d+xyz-6\.mp4/);
    assert.ok(answer.kind === 'content');
    assert.equal(answer.headers['cache-control'], 'private, no-cache');
  });

  it('for a part after the last of its segment gets the first of the next', async () => {
    const rig = await watching({ seconds: 2 });
    const { mediaSequence } = await playlist(rig);
    const asked = rig.ask('live.m3u8', `_HLS_msn=${mediaSequence + 1}&_HLS_part=4`);
    const next = shoot({ fps: 25, gopFrames: 50, seconds: 0.2, startSeconds: rig.nowSeconds + 0.04 });
    rig.play(next.slice(0, 4));
    assert.equal(await settled(asked), 'pending');
    rig.play(next.slice(4));
    const read = parseMediaPlaylist(textOf(await asked));
    assert.ok(read.ok);
    assert.equal(read.value.segments[1]?.parts.length, 4);
    assert.equal(read.value.segments[2]?.parts.length, 1);
  });

  it('for the hinted part gets its bytes as soon as there are any', async () => {
    const rig = await watching({ seconds: 1 });
    const { preloadHintUri } = await playlist(rig);
    const asked = rig.ask(preloadHintUri);
    assert.equal(await settled(asked), 'pending');
    rig.play(shoot({ fps: 25, gopFrames: 5, seconds: 0.2, startSeconds: rig.nowSeconds + 0.04 }));
    const answer = await asked;
    assert.equal(status(answer), 200);
    assert.ok(answer.kind === 'content');
    assert.match(answer.headers['cache-control'] ?? '', /immutable/);
  });

  it('gets the newest playlist when the camera is silent for too long', async () => {
    const rig = await watching();
    const before = textOf(await rig.ask('live.m3u8'));
    const { mediaSequence } = await playlist(rig);
    const asked = rig.ask('live.m3u8', `_HLS_msn=${mediaSequence + 1}&_HLS_part=0`);
    assert.equal(await settled(asked), 'pending');
    rig.clock.advance(8_000);
    const answer = await asked;
    assert.equal(textOf(answer), before);
    assert.ok(answer.kind === 'content');
    assert.equal(answer.headers['cache-control'], 'private, no-cache');
  });

  it('ends when its client goes away', async () => {
    const rig = await watching();
    const { mediaSequence } = await playlist(rig);
    const client = new AbortController();
    const asked = rig.ask('live.m3u8', `_HLS_msn=${mediaSequence}&_HLS_part=6`, { signal: client.signal });
    assert.equal(await settled(asked), 'pending');
    client.abort();
    assert.equal((await asked).kind, 'gone');
  });

  for (const [query, reason] of [
    ['_HLS_part=1', /without _HLS_msn/],
    ['_HLS_msn=x', /not a whole number/],
    ['_HLS_msn=1&_HLS_part=-1', /not a whole number/],
    ['_HLS_msn=999999999999', /has only reached/],
  ] as const) {
    it(`with ${query} is refused`, async () => {
      const rig = await watching();
      const answer = await rig.ask('live.m3u8', query);
      assert.ok(answer.kind === 'problem');
      assert.equal(answer.status, 400);
      assert.match(answer.detail, reason);
    });
  }

  it('for a part far ahead in its segment is refused', async () => {
    const rig = await watching();
    const { mediaSequence } = await playlist(rig);
    assert.equal(status(await rig.ask('live.m3u8', `_HLS_msn=${mediaSequence + 1}&_HLS_part=22`)), 400);
  });
});

describe('bytes', () => {
  it('of a playlist are one buffer for all who ask, until the next part', async () => {
    const rig = await watching();
    const [one, two] = [await rig.ask('live.m3u8'), await rig.ask('live.m3u8', '', { userAgent: 'other' })];
    assert.ok(one.kind === 'content' && two.kind === 'content');
    assert.equal(one.body[0], two.body[0]);
  });

  it('of a segment are those of its parts, not copied', async () => {
    const rig = await watching({ seconds: 3 });
    const { segments } = await playlist(rig);
    const whole = await rig.ask(segments[0]!.whole!.uri);
    assert.ok(whole.kind === 'content');
    const parts = await Promise.all(segments[0]!.parts.map((part) => rig.ask(part.uri)));
    assert.deepEqual(
      whole.body,
      parts.map((part) => (part.kind === 'content' ? part.body[0] : undefined)),
    );
    assert.ok(parts.every((part, index) => part.kind === 'content' && part.body[0] === whole.body[index]));
  });

  it('of a delta update leave out what is old, and say how much', async () => {
    const rig = await watching({ seconds: 60 });
    const [full, delta] = [await playlist(rig), await playlist(rig, '_HLS_skip=YES')];
    assert.ok(delta.skippedSegments > 0);
    assert.equal(delta.segments.length + delta.skippedSegments, full.segments.length);
    assert.deepEqual(delta.segments, full.segments.slice(delta.skippedSegments));
  });

  it('are compressed for those who accept that', async () => {
    const rig = await watching();
    const plain = textOf(await rig.ask('live.m3u8'));
    const answer = await rig.output.handle({
      stream: rig.stream,
      file: 'live.m3u8',
      query: new URLSearchParams(),
      viewer: { cookie: undefined, remoteAddress: '::1', userAgent: '' },
      acceptsGzip: true,
    });
    assert.ok(answer.kind === 'content');
    assert.equal(answer.headers['content-encoding'], 'gzip');
    assert.equal(gunzipSync(answer.body[0]!).toString(), plain);
  });

  it('of a long stream stay bounded, and what is listed can be fetched', async () => {
    const rig = await watching({ seconds: 200, gopFrames: 50 });
    const { segments, mediaSequence } = await playlist(rig);
    assert.ok(segments.length >= 14 && segments.length <= 17, `${segments.length}`);
    for (const segment of segments)
      if (segment.whole) assert.equal(status(await rig.ask(segment.whole.uri)), 200);
    assert.equal(
      status(
        await rig.ask(segments[0]!.whole!.uri.replace(String(mediaSequence), String(mediaSequence - 8))),
      ),
      404,
    );
  });

  it('are not found under names that nobody gave', async () => {
    const rig = await watching();
    for (const file of ['', 'x.m3u8', '../index.m3u8', 'seg-token0xyz-1.mp4', 'part-other000-0.mp4']) {
      assert.equal(status(await rig.ask(file)), 404);
    }
  });
});
