import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chunk } from './chunk.ts';
import { HandSocket } from './connection.testing.ts';
import { leastBudgetBytes } from './options.ts';
import { TcpSender } from './tcp-sender.ts';

function chunk(isVideo: boolean, key: boolean, bytes = 20): Chunk {
  const framed = Buffer.alloc(bytes);
  framed[0] = 0x24;
  framed.writeUInt16BE(bytes - 4, 2);
  return new Chunk({ lane: isVideo ? 0 : 1, isVideo, key, time: 0, decodeTime: 0 }, framed, isVideo ? 0 : 2);
}
const key = chunk(true, true);
const delta = chunk(true, false);
const sound = chunk(false, true);

function sender(hasVideo = true) {
  const socket = new HandSocket();
  const channels = [[0, 1] as const, [2, 3] as const];
  return { socket, sender: new TcpSender({ socket, channels, hasVideo, bytesPerMs: () => 0 }) };
}

describe('a sender over TCP', () => {
  it('writes the very buffer of the chunk, once', () => {
    const { socket, sender: tcp } = sender();
    tcp.begin([], true);
    tcp.chunk(delta);
    assert.equal(socket.writes.length, 1);
    assert.equal(socket.writes[0], delta.bytes);
    assert.equal(tcp.bytesSent, delta.bytes.length);
  });

  it('sends sound while the picture waits for its keyframe', () => {
    const { sender: tcp } = sender();
    tcp.begin([], false);
    assert.deepEqual(
      [delta, sound, key, delta].map((each) => tcp.chunk(each)),
      [false, true, true, true],
    );
    assert.equal(tcp.unitsDropped, 0, 'waiting for the beginning is no loss');
  });

  it('leaves out whole units when too much waits, and goes on at a keyframe when half is gone', () => {
    const { socket, sender: tcp } = sender();
    tcp.begin([], true);
    socket.writableLength = leastBudgetBytes + 1;
    assert.deepEqual(
      [delta, sound, key].map((each) => tcp.chunk(each)),
      [false, false, false],
    );
    socket.writableLength = leastBudgetBytes / 2 + 1;
    assert.equal(tcp.chunk(key), false, 'more than half waits still');
    socket.writableLength = leastBudgetBytes / 2;
    assert.deepEqual(
      [delta, sound, key, sound, delta].map((each) => tcp.chunk(each)),
      [false, false, true, true, true],
    );
    assert.equal(tcp.unitsDropped, 6);
  });

  it('does not take the beginning itself for slowness', () => {
    const { socket, sender: tcp } = sender();
    socket.stuck = true;
    tcp.begin(
      [chunk(true, true, 60_000), ...Array.from({ length: 40 }, () => chunk(true, false, 60_000))],
      true,
    );
    assert.ok(socket.writableLength > 2 * leastBudgetBytes);
    assert.equal(tcp.chunk(delta), true);
    // Once that is gone, the usual budget holds.
    socket.writableLength = 0;
    tcp.chunk(delta);
    socket.writableLength = leastBudgetBytes + 1;
    assert.equal(tcp.chunk(delta), false);
  });

  it('lets sound alone go on at any unit, and leaves out tracks that were not set up', () => {
    const socket = new HandSocket();
    const tcp = new TcpSender({
      socket,
      channels: [undefined, [2, 3]],
      hasVideo: false,
      bytesPerMs: () => 0,
    });
    tcp.begin([key], true);
    socket.writableLength = leastBudgetBytes + 1;
    assert.equal(tcp.chunk(sound), false);
    socket.writableLength = 0;
    assert.deepEqual(
      [key, sound].map((each) => tcp.chunk(each)),
      [false, true],
    );
    assert.equal(socket.writes.length, 1);
  });
});
