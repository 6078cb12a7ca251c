import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { ok } from '../../base/result.ts';
import { unixMs } from '../../base/units.ts';
import { Hub } from '../../hub/hub.ts';
import type { Picture, PictureSink } from '../../hub/pictures.ts';
import { HandSource, testUnit, testVideoTrack } from '../../hub/testing.ts';
import type { MjpegSocket } from './output.ts';
import { sendPictures } from './output.ts';

const options = { widthPixels: 640, quality: 75, framesPerSecond: 10 };

describe('a viewer of Motion JPEG', () => {
  it('gets each picture as a part with its length and capture time', async () => {
    const viewer = open();
    viewer.sink().picture(picture(1_700_000_000_250, 'abc'));
    assert.deepEqual(await viewer.result, ok(undefined));
    assert.equal(viewer.socket.contentType, 'multipart/x-mixed-replace; boundary=sightline-picture');
    viewer.socket.take();
    viewer.sink().picture(picture(1_700_000_000_350, 'defg'));
    assert.equal(
      viewer.socket.text,
      [
        '--sightline-picture',
        'Content-Type: image/jpeg',
        'Content-Length: 3',
        'X-Timestamp: 1700000000.250',
        '',
        'abc',
        '--sightline-picture',
        'Content-Type: image/jpeg',
        'Content-Length: 4',
        'X-Timestamp: 1700000000.350',
        '',
        'defg',
        '--sightline-picture',
        '',
      ].join('\r\n'),
    );
  });

  it('that is slow never has more than one picture on its way, and then gets the newest', () => {
    const { sink, socket, stream } = open();
    for (let at = 0; at < 100; at += 1) sink().picture(picture(at, `picture ${at};`));
    assert.equal(socket.writes, 1);
    socket.take();
    assert.equal(socket.writes, 2);
    assert.match(socket.text, /picture 0;[^]*picture 99;/);
    socket.take();
    assert.equal(socket.writes, 2, 'nothing new');
    assert.equal(stream.viewers()[0]!.unitsDropped, 98);
  });

  it('is counted with its figures while it watches, and can be ended', () => {
    const { sink, socket, stream } = open();
    sink().picture(picture(0, 'abc'));
    const [shown] = stream.viewers();
    const { output, address, client, bytesSent, transport } = shown!;
    assert.deepEqual(
      [output, address, client, transport],
      ['mjpeg', '192.0.2.7', 'curl', 'Motion JPEG over HTTP'],
    );
    assert.equal(bytesSent, socket.text.length);
    assert.ok(stream.endViewer(shown!.id, 'enough'));
    assert.ok(socket.ended);
    assert.deepEqual(stream.viewers(), []);
  });

  it('leaves when the connection closes, also before the first picture', async () => {
    const { result, socket, stream, closed } = open();
    socket.close();
    assert.deepEqual(await result, ok(undefined));
    assert.equal(stream.viewers().length, 0);
    assert.equal(closed(), 1);
    assert.equal(socket.contentType, undefined);
  });

  it('is told at once why the camera sends nothing', async () => {
    const { result, clock, source, stream, closed } = open();
    source.current.fail('refused');
    clock.advance(300);
    const told = await result;
    assert.ok(!told.ok);
    assert.deepEqual(told.error, { kind: 'no-picture', message: 'It failed: refused.' });
    assert.deepEqual([stream.viewers().length, closed()], [0, 1]);
  });

  it('waits ten seconds for a first picture', async () => {
    const { result, clock } = open();
    clock.advance(11_000);
    const told = await result;
    assert.ok(!told.ok);
    assert.equal(told.error.kind, 'no-picture');
  });

  it('gets the newest picture again when nothing new comes, so that the connection is not given up', () => {
    const { sink, socket, clock } = open();
    sink().picture(picture(5000, 'abc'));
    socket.take();
    clock.advance(21_000);
    assert.equal(socket.writes, 2, 'not while the last one is still on its way');
    socket.take();
    clock.advance(11_000);
    assert.equal(socket.writes, 3);
  });

  it('above the limit of the camera is refused', async () => {
    const refused = await open(1).again();
    assert.ok(!refused.ok);
    assert.deepEqual(refused.error, { kind: 'too-many-readers', maxReaders: 1 });
  });

  it('leaves no timer behind', () => {
    const { sink, socket, clock, closeHub } = open();
    sink().picture(picture(0, 'abc'));
    socket.close();
    closeHub();
    assert.equal(clock.timers, 0);
  });
});

class TestSocket implements MjpegSocket {
  readonly address = '192.0.2.7';
  readonly client = 'curl';
  contentType: string | undefined;
  text = '';
  writes = 0;
  ended = false;
  #taken: (() => void) | undefined;
  #onClose: (() => void) | undefined;

  begin(contentType: string): void {
    this.contentType = contentType;
  }

  write(head: string, body: Uint8Array, tail: string, taken: () => void): void {
    assert.equal(this.#taken, undefined, 'one at a time');
    this.text += head + Buffer.from(body).toString() + tail;
    this.writes += 1;
    this.#taken = taken;
  }

  take(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  end(): void {
    this.ended = true;
    this.close();
  }

  onClose(run: () => void): void {
    this.#onClose = run;
  }

  close(): void {
    this.#onClose?.();
  }
}

function open(maxReaders = 0) {
  const clock = new ManualClock();
  const hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
  const source = new HandSource();
  const stream = hub.add('camera', source, { start: 'always', closeAfterMs: 1000, maxReaders });
  source.current.sink.tracks([testVideoTrack()]);
  source.current.sink.unit(testUnit(1, true));
  const socket = new TestSocket();
  const sinks: PictureSink[] = [];
  let closes = 0;
  const watch = (_: unknown, __: unknown, sink: PictureSink) => {
    sinks.push(sink);
    return ok({ close: () => void (closes += 1) });
  };
  const result = sendPictures({ clock, watch }, stream, options, socket);
  const again = () => sendPictures({ clock, watch }, stream, options, new TestSocket());
  const sink = (): PictureSink => sinks[0]!;
  const closeHub = (): void => hub.close();
  return { clock, source, stream, socket, result, again, sink, closed: () => closes, closeHub };
}

function picture(captureMs: number, text: string): Picture {
  return { bytes: Buffer.from(text), captureMs: unixMs(captureMs), widthPixels: 640, heightPixels: 360 };
}
