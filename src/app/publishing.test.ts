import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { cameraId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { Hub } from '../hub/hub.ts';
import type { Publisher } from '../hub/publishing.ts';
import { subStreamId } from '../hub/stream-id.ts';
import type { PublishCamera } from './publishing.ts';
import { Publishing } from './publishing.ts';

const policy = { start: 'always', closeAfterMs: 0, maxReaders: 0 } as const;
const id = (number: number) => cameraId(new Uint8Array(16).fill(number));
const [gate, yard, shed, fetched] = [id(1), id(2), id(3), id(4)];
const push = { kind: 'push' };

function camera(id: string, name: string, changes: Partial<PublishCamera> = {}): PublishCamera {
  return { id, name, enabled: true, source: push, sub: null, ...changes };
}

const cameras = [
  camera(gate, 'Gate', { sub: push }),
  camera(yard, 'Yard'),
  camera(shed, 'Yard', { enabled: false }),
  camera(fetched, 'Fetched', { source: { kind: 'rtsp' } }),
];

const sender = (): Publisher => ({
  transport: 'WHIP',
  address: '192.0.2.7',
  counters: () => ({ bytesReceived: 0, packetsReceived: 0, packetsLost: 0, damaged: 0 }),
  end: () => undefined,
});

describe('publishing to a camera', () => {
  let hub: Hub;
  let publishing: Publishing;

  beforeEach(() => {
    const clock = new ManualClock();
    hub = new Hub({ clock, log: silentLog, random: () => 0.5 });
    publishing = new Publishing(clock, (stream) => (stream === yard ? 500 : 50));
    publishing.serve({
      get: (id) => cameras.find((camera) => camera.id === id),
      list: () => cameras,
    });
    for (const stream of [gate, subStreamId(gate), yard]) hub.add(stream, publishing.source(stream), policy);
  });

  const answer = (name: string) => {
    const taken = publishing.publish(name, sender());
    return taken.ok ? 'welcome' : taken.error.kind;
  };
  const state = (stream: string) => hub.get(stream)?.status().state;

  it('goes to the camera of that id', () => {
    assert.equal(answer(yard), 'welcome');
    assert.deepEqual([state(yard), state(gate)], ['connecting', 'offline']);
  });

  it('goes to its second source under the id with .sub', () => {
    assert.equal(answer(`${gate}.sub`), 'welcome');
    assert.deepEqual([state(subStreamId(gate)), state(gate)], ['connecting', 'offline']);
    assert.equal(answer(`${yard}.sub`), 'unknown');
  });

  it('goes by name where only one camera has it', () => {
    assert.equal(answer('Gate'), 'welcome');
    assert.equal(state(gate), 'connecting');
    assert.equal(answer('Yard'), 'unknown');
  });

  it('is refused with the reason', () => {
    assert.equal(answer('Nowhere'), 'unknown');
    assert.equal(answer(''), 'unknown');
    assert.equal(answer(fetched), 'not-push');
    assert.equal(answer(shed), 'disabled');
    assert.equal(answer(gate), 'welcome');
    assert.equal(answer(gate), 'taken');
  });

  it('tells how long packets may wait for each other', () => {
    for (const [name, reorderMs] of [
      [yard, 500],
      [gate, 50],
    ] as const) {
      const taken = publishing.publish(name, sender());
      assert.equal(taken.ok && taken.value.reorderMs?.(), reorderMs);
    }
  });

  it('finds nothing once the stream is gone', () => {
    hub.remove(yard, 'The camera was switched off.');
    assert.equal(answer(yard), 'disabled');
  });
});
