import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testUnit, testVideoTrack } from '../hub/testing.ts';
import type { Camera } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { RecordingStatus } from './contract/recording.ts';
import { recordingStatusSchema, triggeredSchema } from './contract/recording.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

let api: TestApi;
before(async () => (api = await startTestApi()));
after(() => api.close());

async function add(recording = {}): Promise<Camera> {
  const body = { name: 'Door', source: { kind: 'demo' }, recording };
  return (await ask(api.port, '/api/v1/cameras', { method: 'POST', body })).json as Camera;
}

/** Three seconds of pictures. */
function send(camera: Camera): void {
  const sink = api.runtime.sources.get(camera.id)?.current.sink;
  sink?.tracks([testVideoTrack()]);
  for (let frame = 0; frame < 75; frame += 1)
    sink?.unit(testUnit(Date.now() / 1000 + frame * 0.04, frame % 25 === 0));
}

const recordingOf = (id: string) => ask(api.port, `/api/v1/cameras/${id}/recording`);
const post = (id: string, what: string, body: unknown) =>
  ask(api.port, `/api/v1/cameras/${id}/${what}`, { method: 'POST', body });

describe('the recording of a camera', () => {
  test('is off until somebody wants it', async () => {
    const camera = await add();
    assert.equal(camera.recordingState, 'off');
    const { status, json } = await recordingOf(camera.id);
    assert.equal(status, 200);
    const { state, trigger, counters } = recordingStatusSchema.parse(json);
    assert.deepEqual([state, trigger, counters.framesReceived], ['off', null, 0]);
  });

  test('follows the policy, and tells where the frames went', async () => {
    const camera = await add({ mode: 'continuous' });
    send(camera);
    const { state, trigger, counters, policy } = (await recordingOf(camera.id)).json as RecordingStatus;
    assert.deepEqual([state, trigger, policy.mode], ['recording', 'continuous', 'continuous']);
    assert.equal(counters.framesStored, 50, 'two GOPs; the third has not ended');
    const listed = (await ask(api.port, '/api/v1/cameras')).json as Camera[];
    assert.equal(listed.find(({ id }) => id === camera.id)?.recordingState, 'recording');
    const changed = await ask(api.port, `/api/v1/cameras/${camera.id}`, {
      method: 'PATCH',
      body: { enabled: false },
    });
    assert.equal((changed.json as Camera).recordingState, 'failing', 'switched off, and still wanted');
  });

  test('is started for a time, and stopped', async () => {
    const camera = await add();
    const started = await post(camera.id, 'recording', { action: 'start', durationSeconds: 60 });
    const { state, untilMs, trigger } = recordingStatusSchema.parse(started.json);
    assert.deepEqual([started.status, state, trigger], [200, 'recording', 'manual']);
    assert.ok(untilMs !== null && Math.abs(untilMs - Date.now() - 60_000) < 5000);
    const stopped = (await post(camera.id, 'recording', { action: 'stop' })).json as RecordingStatus;
    assert.deepEqual([stopped.state, stopped.untilMs], ['off', null]);
  });

  test('is triggered: an event, and a recording around it', async () => {
    const camera = await add({ mode: 'event' });
    send(camera);
    const first = await post(camera.id, 'trigger', { label: 'bell', durationSeconds: 5 });
    const event = triggeredSchema.parse(first.json);
    assert.deepEqual([event.kind, event.label, event.endMs - event.startMs], ['trigger', 'bell', 5000]);
    assert.equal(
      triggeredSchema.parse((await post(camera.id, 'trigger', { label: 'bell' })).json).id,
      event.id,
    );
    assert.equal(((await recordingOf(camera.id)).json as RecordingStatus).trigger, 'event');
    assert.equal(api.runtime.archive.last.frames, 50, 'what memory had');
  });

  for (const [name, what, body] of [
    ['an unknown action', 'recording', { action: 'pause' }],
    ['no length', 'recording', { action: 'start', durationSeconds: 0 }],
    ['more than a day', 'recording', { action: 'start', durationSeconds: 86_401 }],
    ['a stop with a length', 'recording', { action: 'stop', durationSeconds: 5 }],
    ['a kind in capitals', 'trigger', { kind: 'MOTION' }],
    ['a label as long as a book', 'trigger', { label: 'x'.repeat(201) }],
  ] as const) {
    test(`refuses ${name}`, async () => {
      const camera = await add();
      const { status, json } = await post(camera.id, what, body);
      assert.deepEqual([status, (json as Problem).code], [400, 'invalid-request']);
    });
  }

  test('of a camera that is not there is not found', async () => {
    const id = 'cam_0000000000000000';
    const answers = [
      await recordingOf(id),
      await post(id, 'recording', { action: 'stop' }),
      await post(id, 'trigger', {}),
    ];
    for (const { status, json } of answers)
      assert.deepEqual([status, (json as Problem).code], [404, 'camera-not-found']);
  });

  test('has its numbers in the metrics', async () => {
    const { text } = await ask(api.port, '/metrics');
    assert.match(text, /^sightline_recording_frames_stored_total\{camera="cam_\w+"\} 50$/m);
    assert.match(text, /^sightline_recordings\{state="recording"\} 1$/m);
    assert.match(text, /^sightline_recording_gaps_total\{cause="disabled"\} 1$/m);
    assert.match(text, /^sightline_recording_pending_bytes\{camera="cam_\w+"\} 0$/m);
  });
});
