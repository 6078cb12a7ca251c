import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftFault, draftOf, sourceOf, suggestedName } from './source-draft.ts';

test('a draft becomes just the fields of its kind', () => {
  const draft = { ...draftOf('rtsp'), url: ' rtsp://10.0.0.5/live ', path: 'left over' };
  assert.deepEqual(sourceOf(draft), {
    kind: 'rtsp',
    url: 'rtsp://10.0.0.5/live',
    transport: 'auto',
    verifyTls: true,
  });
  assert.deepEqual(sourceOf({ ...draft, kind: 'demo' }), { kind: 'demo' });
});

test('a stored source comes back as it was', () => {
  const source = { kind: 'rtsp', url: 'rtsps://***@cam/1', transport: 'udp', verifyTls: false } as const;
  assert.deepEqual(sourceOf(draftOf(source)), source);
});

test('what is missing is said before the server is asked', () => {
  assert.match(draftFault(draftOf('rtsp')) ?? '', /Enter the address/);
  assert.match(draftFault({ ...draftOf('rtsp'), url: 'http://cam' }) ?? '', /rtsp:\/\//);
  assert.equal(draftFault({ ...draftOf('rtsp'), url: 'RTSP://cam' }), undefined);
  assert.match(draftFault(draftOf('file')) ?? '', /file/);
  assert.equal(draftFault(draftOf('demo')), undefined);
});

test('a suggested name never shows a password', () => {
  assert.equal(
    suggestedName({ ...draftOf('rtsp'), url: 'rtsp://admin:secret@10.0.0.5:554/x' }),
    'Camera 10.0.0.5',
  );
  assert.equal(suggestedName({ ...draftOf('file'), path: 'clips/Front door.mp4' }), 'Front door');
});
