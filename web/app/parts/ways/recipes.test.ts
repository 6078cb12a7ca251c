import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recipesFor } from './recipes.ts';

const camera = {
  id: 'cam_0123456789abcdef',
  name: 'Door',
  source: { kind: 'demo' },
  links: {
    hls: '/hls/cam_0123456789abcdef/index.m3u8',
    hlsSub: null,
    snapshot: '/api/v1/cameras/cam_0123456789abcdef/snapshot.jpg',
    mjpeg: '/live/cam_0123456789abcdef/stream',
    whep: '/whep/cam_0123456789abcdef',
    whip: null,
    rtsp: 'rtsp://127.0.0.1:8554/cam_0123456789abcdef',
  },
} as const;

const all = (origin: string, links = {}) =>
  recipesFor({ ...camera, links: { ...camera.links, ...links } }, origin).flatMap(({ recipes }) => recipes);

test('every address names the server as this browser reaches it', () => {
  for (const { name, text } of all('https://cameras.home:8443')) {
    assert.ok(text.includes('cameras.home'), `${name}: ${text}`);
    assert.ok(!text.includes('127.0.0.1'), `${name}: ${text}`);
  }
});

test('RTSP keeps its own port; everything over HTTP has that of the dashboard', () => {
  const texts = all('http://10.0.0.2:8080').map(({ text }) => text);
  assert.ok(texts.includes('rtsp://10.0.0.2:8554/cam_0123456789abcdef'));
  assert.ok(texts.includes('http://10.0.0.2:8080/hls/cam_0123456789abcdef/index.m3u8'));
  assert.ok(all('http://[::1]:8080').some(({ text }) => text === 'rtsp://[::1]:8554/cam_0123456789abcdef'));
});

test('without an RTSP server nothing speaks of one', () => {
  for (const { text } of all('http://localhost:8080', { rtsp: null })) assert.doesNotMatch(text, /rtsp/);
});

test('a camera that is sent to says where, first', () => {
  const groups = recipesFor(
    { ...camera, links: { ...camera.links, whip: '/whip/cam_0123456789abcdef' } },
    'http://localhost:8080',
  );
  assert.equal(groups[0]?.title, 'Send to this camera');
  assert.match(groups[0]?.recipes[0]?.text ?? '', /^ffmpeg .*-f rtsp/);
});
