import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { controlBase, resolveControl } from './control-url.ts';
import {
  parseMethods,
  parseRange,
  parseRtpInfo,
  parseSession,
  parseTransports,
  writeRange,
  writeRtpInfo,
  writeSession,
  writeTransport,
  type Transport,
} from './headers.ts';
import { header, type RtspResponse } from './message.ts';
import { RtspParser } from './parser.ts';

function response(name: string): RtspResponse {
  const bytes = readFileSync(new URL(`testdata/${name}.txt`, import.meta.url));
  const [item] = new RtspParser({ resynchronise: false }).push(bytes);
  assert(item?.kind === 'response');
  return item;
}

function option<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

const plain: Transport = {
  lower: 'udp',
  multicast: false,
  interleaved: undefined,
  clientPort: undefined,
  serverPort: undefined,
  port: undefined,
  source: undefined,
  destination: undefined,
  ttl: undefined,
  ssrc: undefined,
  mode: undefined,
};

describe('Transport (RFC 2326, 12.39)', () => {
  const cases: [string, Partial<Transport>][] = [
    [
      'RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=DB702919;mode="PLAY"',
      { lower: 'tcp', interleaved: [0, 1], ssrc: 0xdb702919, mode: 'play' },
    ],
    [
      'RTP/AVP;unicast;client_port=3456-3457;server_port=6970-6971;source=192.0.2.1',
      { clientPort: [3456, 3457], serverPort: [6970, 6971], source: '192.0.2.1' },
    ],
    [
      'RTP/AVP;multicast;destination=224.2.0.1;port=3456-3457;ttl=127',
      { multicast: true, destination: '224.2.0.1', port: [3456, 3457], ttl: 127 },
    ],
    ['RTP/AVP/UDP;unicast;client_port=5000', { clientPort: [5000, 5001] }],
    ['RTP/AVP; unicast; interleaved = 2 - 3', { lower: 'tcp', interleaved: [2, 3] }],
    ['RTP/AVP;client_port=70000-70001;ssrc=xyz', {}],
  ];
  for (const [text, expected] of cases) {
    test(text, () => assert.deepEqual(parseTransports(text), [{ ...plain, ...expected }]));
  }

  test('several choices in order, unknown ones left out', () => {
    const choices = parseTransports('RTP/SAVP;unicast, RTP/AVP/TCP;interleaved=0-1,RTP/AVP;unicast');
    assert.deepEqual(
      choices.map((choice) => choice.lower),
      ['tcp', 'udp'],
    );
  });

  test('as GStreamer answers', () => {
    const text = header(response('gstreamer-1.22-setup-tcp').headers, 'transport') ?? '';
    assert.deepEqual(parseTransports(text)[0]?.interleaved, [0, 1]);
  });

  test('what is written is read again', () => {
    const pair = fc
      .tuple(fc.nat(255), fc.nat(255))
      .map(([rtp, rtcp]) => [rtp, rtcp] as const satisfies readonly [number, number]);
    const transport = fc.record({
      lower: fc.constantFrom('tcp' as const, 'udp' as const),
      multicast: fc.boolean(),
      interleaved: option(pair),
      clientPort: option(pair),
      serverPort: option(pair),
      port: option(pair),
      source: option(fc.constant('192.0.2.1')),
      destination: option(fc.constant('224.2.0.1')),
      ttl: option(fc.nat(255)),
      ssrc: option(fc.nat(0xffff_ffff)),
      mode: option(fc.constantFrom('play' as const, 'record' as const)),
    });
    fc.assert(
      fc.property(transport, (written) => {
        const lower = written.interleaved ? 'tcp' : written.lower;
        assert.deepEqual(parseTransports(writeTransport(written)), [{ ...written, lower }]);
      }),
      { numRuns: 100 },
    );
  });
});

test('Session (RFC 2326, 12.37): 60 s when not said', () => {
  assert.deepEqual(parseSession('ab;timeout=30'), { id: 'ab', timeoutSeconds: 30 });
  assert.deepEqual(parseSession(' 1234 ; Timeout = 5'), { id: '1234', timeoutSeconds: 5 });
  for (const text of ['x', 'x;timeout=', 'x;timeout=0']) {
    assert.deepEqual(parseSession(text), { id: 'x', timeoutSeconds: 60 });
  }
  assert.equal(parseSession(' ;timeout=4'), undefined);
  assert.deepEqual(parseSession(writeSession({ id: 'q', timeoutSeconds: 7 })), {
    id: 'q',
    timeoutSeconds: 7,
  });
});

describe('RTP-Info (RFC 2326, 12.33)', () => {
  test('as GStreamer answers', () => {
    const infos = parseRtpInfo(header(response('gstreamer-1.22-play').headers, 'RTP-Info') ?? '');
    assert.deepEqual(infos, [
      { url: 'rtsp://127.0.0.1:36323/test/stream=0', sequence: 14981, rtpTime: 513602921 },
      { url: 'rtsp://127.0.0.1:36323/test/stream=1', sequence: 19992, rtpTime: 4262376315 },
    ]);
    assert.deepEqual(parseRtpInfo(writeRtpInfo(infos)), infos);
  });

  test('an address with semicolons, missing and empty numbers', () => {
    assert.deepEqual(parseRtpInfo('url=rtsp://h/a;b=c/track1;seq=1;rtptime=,url=trackID=2;rtptime=9'), [
      { url: 'rtsp://h/a;b=c/track1', sequence: 1, rtpTime: undefined },
      { url: 'trackID=2', sequence: undefined, rtpTime: 9 },
    ]);
  });
});

test('Range (RFC 2326, 3.6 and 12.29)', () => {
  assert.deepEqual(parseRange('npt=now-'), { startSeconds: 'now', endSeconds: undefined });
  assert.deepEqual(parseRange('npt=0.000-'), { startSeconds: 0, endSeconds: undefined });
  assert.deepEqual(parseRange('npt=1:02:03.5-3724'), { startSeconds: 3723.5, endSeconds: 3724 });
  assert.deepEqual(parseRange('npt:-7'), { startSeconds: 0, endSeconds: 7 });
  assert.equal(parseRange('clock=19961108T142300Z-'), undefined);
  assert.equal(parseRange('npt=x-'), undefined);
  assert.equal(writeRange({ startSeconds: 0, endSeconds: undefined }), 'npt=0.000-');
});

test('Public (RFC 2326, 12.28)', () => {
  assert.deepEqual(
    [...parseMethods('OPTIONS, describe,GET_PARAMETER')],
    ['OPTIONS', 'DESCRIBE', 'GET_PARAMETER'],
  );
});

describe('addresses of tracks (RFC 2326, C.1.1)', () => {
  const cases: [base: string, control: string | undefined, expected: string][] = [
    ['rtsp://h/test/', 'stream=0', 'rtsp://h/test/stream=0'],
    ['rtsp://h/live', 'trackID=1', 'rtsp://h/live/trackID=1'],
    ['rtsp://h/cam?channel=1&sub=0', 'trackID=1', 'rtsp://h/cam?channel=1&sub=0/trackID=1'],
    ['rtsp://h/live', '*', 'rtsp://h/live'],
    ['rtsp://h/live', undefined, 'rtsp://h/live'],
    ['rtsp://h/live', '', 'rtsp://h/live'],
    ['rtsp://h/live', 'rtsp://h/other/track1', 'rtsp://h/other/track1'],
    ['rtsp://h:554/a/b', '/c/track1', 'rtsp://h:554/c/track1'],
    ['rtsp://h/live?x=1', '?track=2', 'rtsp://h/live?track=2'],
  ];
  for (const [base, control, expected] of cases) {
    test(`${base} and ${control ?? 'none'}`, () => assert.equal(resolveControl(base, control), expected));
  }

  test('Content-Base, then Content-Location, then the request', () => {
    assert.equal(controlBase('rtsp://a/', 'rtsp://b/', 'rtsp://c/'), 'rtsp://a/');
    assert.equal(controlBase('', ' rtsp://b/ ', 'rtsp://c/'), 'rtsp://b/');
    assert.equal(controlBase('/path', undefined, 'rtsp://c/'), 'rtsp://c/');
  });
});

test('any text in any field: no throw', () => {
  const piece = fc.oneof(
    fc.constantFrom('RTP/AVP', ';', ',', '=', '-', '"', 'interleaved', 'seq=', 'npt=', 'timeout='),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      assert(parseTransports(text).length <= 16);
      assert(parseRtpInfo(text).length <= 32);
      parseSession(text);
      parseRange(text);
      parseMethods(text);
      resolveControl(text, text);
    }),
    { numRuns: 300 },
  );
});
