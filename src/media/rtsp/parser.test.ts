import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { cseq, header, headerAll, writeInterleaved, writeRequest, writeResponse } from './message.ts';
import { maxBodyBytes, maxHeadBytes, maxSkippedBytes, RtspParser, type RtspItem } from './parser.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function read(input: Uint8Array | string, resynchronise = false): readonly RtspItem[] {
  return new RtspParser({ resynchronise }).push(typeof input === 'string' ? bytes(input) : input);
}

function join(...parts: (Uint8Array | string)[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? bytes(part) : part)));
}

const rtp = Uint8Array.of(0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3);

describe('messages of real servers', () => {
  test('GStreamer: a description', () => {
    const [item] = read(readFileSync(new URL('testdata/gstreamer-1.22-describe.txt', import.meta.url)));
    assert(item?.kind === 'response');
    assert.equal(item.status, 200);
    assert.equal(item.reason, 'OK');
    assert.equal(cseq(item.headers), 2);
    assert.equal(header(item.headers, 'content-TYPE'), 'application/sdp');
    assert.equal(item.body.length, 832);
  });

  test('GStreamer: a challenge without a body', () => {
    const [item] = read(readFileSync(new URL('testdata/gstreamer-1.22-digest-401.txt', import.meta.url)));
    assert(item?.kind === 'response');
    assert.equal(item.status, 401);
    assert.match(
      header(item.headers, 'WWW-Authenticate') ?? '',
      /^Digest realm="GStreamer RTSP Server", nonce=/,
    );
  });

  test('ffmpeg: an announcement', () => {
    const [item] = read(readFileSync(new URL('testdata/ffmpeg-5.1-announce.txt', import.meta.url)));
    assert(item?.kind === 'request');
    assert.equal(item.method, 'ANNOUNCE');
    assert.equal(item.body.length, 495);
  });
});

describe('the grammar, taken broadly', () => {
  test('a frame shares the bytes of its chunk (RFC 2326, 10.12)', () => {
    const chunk = writeInterleaved(2, rtp);
    const [item] = read(chunk);
    assert.deepEqual(item, { kind: 'frame', channel: 2, payload: rtp });
    assert(item?.kind === 'frame');
    assert.equal(item.payload.buffer, chunk.buffer);
  });

  test('frames and messages mixed, empty lines between (RFC 2326, 4.1)', () => {
    const kinds = read(
      join(writeInterleaved(0, rtp), '\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n', writeInterleaved(1, rtp)),
    ).map((item) => item.kind);
    assert.deepEqual(kinds, ['frame', 'response', 'frame']);
  });

  test('LF alone, folded values, no reason, several fields of a name', () => {
    const [item] = read('RTSP/1.0 454\nCSeq:  7 \nX: a\n  b\nx:c\nno colon\n\n');
    assert(item?.kind === 'response');
    assert.equal(item.reason, '');
    assert.equal(cseq(item.headers), 7);
    assert.deepEqual(headerAll(item.headers, 'X'), ['a b', 'c']);
  });

  test('an empty frame', () => {
    assert.deepEqual(read(Uint8Array.of(0x24, 1, 0, 0)), [
      { kind: 'frame', channel: 1, payload: new Uint8Array(0) },
    ]);
  });
});

describe('garbage', () => {
  const cases: [string, string | Uint8Array, RegExp][] = [
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n', /found "HTTP\/1.1 400 Bad Request/],
    ['binary', Uint8Array.of(0x16, 3, 1, 2, 0), /found bytes 16/],
    ['endless header', `RTSP/1.0 200 OK\r\nX: ${'a'.repeat(maxHeadBytes)}`, /more than 16384 bytes/],
    ['endless lines', `RTSP/1.0 200 OK\r\n${'a:b\r\n'.repeat(200)}`, /more than 100 lines/],
    [
      'endless body',
      `RTSP/1.0 200 OK\r\nContent-Length: ${String(maxBodyBytes + 1)}\r\n\r\n`,
      /body of 262145 bytes/,
    ],
    ['no length', 'RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n', /Content-Length/],
    ['two lengths', 'RTSP/1.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', /Content-Length/],
  ];
  for (const [name, input, reason] of cases) {
    test(`${name}: a fault that says what stood where`, () => {
      const frame = writeInterleaved(0, rtp);
      const parser = new RtspParser({ resynchronise: false });
      const items = parser.push(join(frame, input, 'RTSP/1.0 200 OK\r\n\r\n'));
      assert.deepEqual(
        items.map((item) => item.kind),
        ['frame', 'fault'],
      );
      const fault = items[1];
      assert(fault?.kind === 'fault');
      assert.match(fault.reason, reason);
      assert.equal(fault.offset, frame.length);
      assert.deepEqual(parser.push(frame), [], 'nothing comes after a fault');
    });
  }

  test('half a frame in the middle is skipped when asked to', () => {
    const rest = Uint8Array.of(0xab, 0x24, 0xff, 0x24, 0x00, 0x00, 0x01, 0x07, 0xcd);
    const items = read(
      join(writeInterleaved(0, rtp), rest, writeInterleaved(2, rtp), 'RTSP/1.0 200 OK\r\n\r\n'),
      true,
    );
    assert.deepEqual(
      items.map((item) => item.kind),
      ['frame', 'skipped', 'frame', 'response'],
    );
    const skipped = items[1];
    assert(skipped?.kind === 'skipped');
    assert.equal(skipped.bytes, rest.length);
    assert.equal(skipped.offset, 4 + rtp.length);
  });

  test('endless garbage ends even then', () => {
    const parser = new RtspParser({ resynchronise: true });
    const chunk = new Uint8Array(64 * 1024).fill(0xff);
    const items: RtspItem[] = [];
    for (let sent = 0; sent <= maxSkippedBytes + chunk.length; sent += chunk.length)
      items.push(...parser.push(chunk));
    assert.equal(items.length, 1);
    assert.equal(items[0]?.kind, 'fault');
  });
});

test('nothing received can add a field to what is sent', () => {
  const sent = writeRequest({
    method: 'SETUP',
    url: 'rtsp://h/a b\r\nX: y',
    headers: [['Session', 'abc\r\nAuthorization: x']],
    body: new Uint8Array(0),
  });
  const [item] = read(sent);
  assert(item?.kind === 'request');
  assert.equal(item.url, 'rtsp://h/a%20b%20%20X:%20y');
  assert.deepEqual(item.headers, [['Session', 'abc  Authorization: x']]);
});

test('Content-Length is counted, not believed', () => {
  const body = bytes('ü');
  const [item] = read(
    writeResponse({ status: 200, reason: 'OK', headers: [['content-length', '99']], body }),
  );
  assert(item?.kind === 'response');
  assert.deepEqual(headerAll(item.headers, 'Content-Length'), ['2']);
  assert.deepEqual(item.body, body);
});
