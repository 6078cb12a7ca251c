import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { mayShareCredentials, parseAddress, type RtspAddress } from './address.ts';

function read(text: string): RtspAddress {
  const address = parseAddress(text);
  assert.ok(address.ok, text);
  return address.value;
}

const readable: readonly (readonly [string, Partial<RtspAddress>])[] = [
  ['rtsp://192.168.1.20/stream', { host: '192.168.1.20', port: 554, secure: false, credentials: undefined }],
  ['rtsps://camera.lan/stream', { host: 'camera.lan', port: 322, secure: true }],
  ['  RTSP://Camera:8554/Path?x=1  ', { host: 'camera', port: 8554, url: 'rtsp://Camera:8554/Path?x=1' }],
  ['rtsp://[fe80::1]:554/a', { host: 'fe80::1', port: 554, url: 'rtsp://[fe80::1]:554/a' }],
  ['rtsp://user:pass@cam/a', { url: 'rtsp://cam/a', credentials: { user: 'user', password: 'pass' } }],
  ['rtsp://user@cam/a', { credentials: { user: 'user', password: '' } }],
  ['rtsp://u:p%40ss@cam/a', { credentials: { user: 'u', password: 'p@ss' } }],
  ['rtsp://u:p@ss:w@cam/a', { url: 'rtsp://cam/a', credentials: { user: 'u', password: 'p@ss:w' } }],
  ['rtsp://u:p/s?s#@cam:554/a', { url: 'rtsp://cam:554/a', credentials: { user: 'u', password: 'p/s?s#' } }],
  ['rtsp://u:100%@cam/a', { credentials: { user: 'u', password: '100%' } }],
  ['rtsp://cam/a@b/c', { url: 'rtsp://cam/a@b/c', credentials: undefined }],
  ['rtsp://cam', { host: 'cam', url: 'rtsp://cam' }],
];

for (const [text, parts] of readable) {
  test(`${text.trim()} is understood`, () => {
    const address = read(text);
    for (const [name, value] of Object.entries(parts)) {
      assert.deepEqual(address[name as keyof RtspAddress], value, name);
    }
  });
}

for (const text of [
  '',
  'http://cam/',
  'rtsp://',
  'rtsp:///path',
  'rtsp://cam:0/',
  'rtsp://cam:99999/',
  'rtsp://a b/',
]) {
  test(`“${text}” is refused with a sentence`, () => {
    const address = parseAddress(text);
    assert.ok(!address.ok);
    assert.match(address.error, /address/);
  });
}

test('credentials are shared with the same host only, and never with less protection', () => {
  const from = read('rtsp://cam/a');
  assert.ok(mayShareCredentials(from, read('rtsp://cam:8554/b')));
  assert.ok(mayShareCredentials(from, read('rtsps://cam/b')));
  assert.ok(!mayShareCredentials(from, read('rtsp://other/a')));
  assert.ok(!mayShareCredentials(read('rtsps://cam/a'), read('rtsp://cam/a')));
});

test('any login that is escaped comes back as it was, and never stands in the address', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (user, password) => {
      fc.pre(user.isWellFormed() && password.isWellFormed());
      const address = read(`rtsp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@cam/path`);
      assert.deepEqual(address.credentials, { user, password });
      assert.equal(address.url, 'rtsp://cam/path');
    }),
    { numRuns: 200 },
  );
});

test('no text throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => void parseAddress(`rtsp://${text}`)),
    { numRuns: 300 },
  );
});
