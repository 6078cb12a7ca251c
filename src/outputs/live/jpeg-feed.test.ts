import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { err, ok } from '../../base/result.ts';
import { unixMs } from '../../base/units.ts';
import type { MovingPictureOptions, PictureSink, Pictures } from '../../hub/pictures.ts';
import { binaryKind } from './messages.ts';
import { Rig, subscribe } from './rig.testing.ts';

/** Encoders whose pictures the test hands over. */
class HandPictures implements Pictures {
  readonly watching: { readonly options: MovingPictureOptions; readonly sink: PictureSink }[] = [];
  refuses = false;

  watch(_stream: unknown, options: MovingPictureOptions, sink: PictureSink): ReturnType<Pictures['watch']> {
    if (this.refuses) return err({ kind: 'busy', message: 'Too many pictures are made.' });
    const entry = { options, sink };
    this.watching.push(entry);
    return ok({ close: () => void this.watching.splice(this.watching.indexOf(entry), 1) });
  }

  still(): ReturnType<Pictures['still']> {
    return Promise.resolve(err({ kind: 'unavailable', message: 'Not here.' }));
  }
}

const picture = (atMs: number, widthPixels = 640) => ({
  bytes: Uint8Array.of(0xff, 0xd8, atMs),
  captureMs: unixMs(atMs),
  widthPixels,
  heightPixels: 360,
});
const jpeg = { format: 'jpeg', width: 640, fps: 10, quality: 60 } as const;

describe('a camera watched as pictures', () => {
  let pictures: HandPictures;
  let rig: Rig;

  beforeEach(() => {
    pictures = new HandPictures();
    rig = new Rig(pictures).camera('door').tracks('door');
  });

  it('is encoded once for all who want the same, and no longer than somebody watches', () => {
    const viewers = [rig.viewer(), rig.viewer()];
    for (const { session } of viewers) session.receive(subscribe('door', 0, jpeg));
    assert.deepEqual(
      pictures.watching.map(({ options }) => options),
      [{ widthPixels: 640, framesPerSecond: 10, quality: 60 }],
    );
    for (const atMs of [1, 2]) pictures.watching[0]?.sink.picture(picture(atMs));
    const [first, second] = viewers.map(({ socket }) => socket);
    assert.deepEqual(
      first?.media.map(({ kind, key, captureMs, payload }) => [kind, key, captureMs, payload.length]),
      [
        [binaryKind.jpeg, true, 1, 3],
        [binaryKind.jpeg, true, 2, 3],
      ],
    );
    assert.equal(first.binaries[1], second?.binaries[1]);
    assert.equal(first.said('tracks')[0]?.mime, 'image/jpeg');
    rig.close();
    assert.equal(pictures.watching.length, 0);
  });

  it('shows who joins the newest picture at once', () => {
    rig.viewer().session.receive(subscribe('door', 0, jpeg));
    pictures.watching[0]?.sink.picture(picture(1));
    const late = rig.viewer();
    late.session.receive(subscribe('door', 0, jpeg));
    assert.equal(late.socket.media[0]?.captureMs, 1);
    rig.close();
  });

  it('tells of another size before the first picture of it', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 0, jpeg));
    pictures.watching[0]?.sink.picture(picture(1));
    pictures.watching[0]?.sink.picture(picture(2, 320));
    const feeds = socket.said('tracks').map(({ feed, video }) => [feed, video?.width]);
    assert.deepEqual(
      socket.media.map(({ feed }) => feed),
      feeds.map(([feed]) => feed),
    );
    assert.deepEqual(
      feeds.map(([, width]) => width),
      [640, 320],
    );
    rig.close();
  });

  it('leaves pictures out for a slow viewer, and begins again with the next one it can take', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 0, jpeg));
    const sink = pictures.watching[0]?.sink;
    const large = { ...picture(1), bytes: new Uint8Array(500_000) };
    socket.reads = false;
    for (let count = 0; count < 10; count += 1) sink?.picture(large);
    const got = socket.media.length;
    assert.ok(got < 4, `${got} pictures wait`);
    socket.drain();
    sink?.picture(large);
    assert.equal(socket.said('drop')[0]?.units, 10 - got);
    assert.equal(socket.media.length, got + 1);
    rig.close();
  });

  it('ends with a reason when the encoder ends or is refused', () => {
    const { socket, session } = rig.viewer();
    session.receive(subscribe('door', 0, jpeg));
    pictures.watching.pop()?.sink.ended('The media worker stopped.');
    pictures.refuses = true;
    session.receive(subscribe('door', 0, jpeg));
    assert.deepEqual(
      socket.said('problem').map(({ code, detail }) => [code, detail]),
      [
        ['no-pictures', 'The media worker stopped.'],
        ['busy', 'Too many pictures are made.'],
      ],
    );
    assert.equal(rig.output.feeds, 0);
    rig.close();
  });
});
