import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import { CameraWatch, blipMs } from './camera-news.ts';

type State = Camera['status']['state'];

/** Only what is looked at. */
const camera = (state: State, recordingState: Camera['recordingState'] = 'off', id = 'cam_1'): Camera =>
  ({ id, name: 'Gate', enabled: true, recordingState, status: { state } }) as Camera;

/** The kinds of news of one camera, seen at these times. */
function seen(...looks: readonly (readonly [atMs: number, camera: Camera])[]): string[] {
  const watch = new CameraWatch();
  return looks.flatMap(([atMs, one]) => watch.look([one], atMs).map(({ kind }) => kind));
}

describe('news of cameras', () => {
  it('a blip says nothing', () => {
    assert.deepEqual(seen([0, camera('live')], [1000, camera('offline')], [blipMs, camera('live')]), []);
  });

  it('a camera that stays away is told once, and when it is back', () => {
    const looks = seen(
      [0, camera('live')],
      [1000, camera('offline')],
      [1000 + blipMs, camera('offline')],
      [60_000, camera('error')],
      [90_000, camera('live')],
    );
    assert.deepEqual(looks, ['gone', 'back']);
  });

  it('a new camera that is reached after some seconds is no news', () => {
    assert.deepEqual(seen([0, camera('offline')], [4000, camera('live')]), []);
  });

  it('how long it was away is counted from its beginning', () => {
    const watch = new CameraWatch();
    watch.look([camera('live')], 0);
    watch.look([camera('offline')], 10_000);
    watch.look([camera('offline')], 40_000);
    const [news] = watch.look([camera('live')], 70_000);
    assert.ok(news?.kind === 'back' && news.awayMs === 60_000);
  });

  it('what is wrong when the page is opened is no news; that it is mended is', () => {
    assert.deepEqual(seen([0, camera('offline')], [60_000, camera('offline')], [61_000, camera('live')]), [
      'back',
    ]);
  });

  it('a recording that fails while the camera is there is told', () => {
    const looks = seen(
      [0, camera('live', 'recording')],
      [1000, camera('live', 'failing')],
      [1000 + blipMs, camera('live', 'failing')],
      [60_000, camera('live', 'recording')],
    );
    assert.deepEqual(looks, ['not-recorded', 'recorded-again']);
  });

  it('a camera that is away is not also called unrecorded', () => {
    const looks = seen(
      [0, camera('live', 'recording')],
      [1000, camera('offline', 'failing')],
      [1000 + blipMs, camera('offline', 'failing')],
      [60_000, camera('live', 'recording')],
    );
    assert.deepEqual(looks, ['gone', 'back']);
  });

  it('a camera that was deleted or may not be seen any more is forgotten', () => {
    const watch = new CameraWatch();
    watch.look([camera('live')], 0);
    assert.deepEqual(watch.look([], 1000), []);
    assert.deepEqual(watch.look([camera('offline')], 60_000), []);
  });
});
