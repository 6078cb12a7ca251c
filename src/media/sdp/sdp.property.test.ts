import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { maxSdpAttributes, maxSdpMedia, parseSdp } from './parse.ts';
import { writeSdp } from './write.ts';

const piece = fc.oneof(
  fc.constantFrom(
    'm=video 0 RTP/AVP 96 0',
    'a=rtpmap:96 H264/90000',
    'a=fmtp:96 ',
    'a=control:',
    'c=IN IP4 ',
    'b=AS:9',
  ),
  fc.constantFrom('\r\n', '\n', '\r', '=', ':', ';', ' ', '/', 'm=', 'a='),
  fc.string({ unit: 'binary' }),
);

test('any text: no throw, bounded', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const result = parseSdp(pieces.join(''));
      if (!result.ok) return;
      assert(result.value.media.length <= maxSdpMedia);
      for (const media of result.value.media) assert(media.attributes.length <= maxSdpAttributes);
    }),
    { numRuns: 400 },
  );
});

const word = fc.stringMatching(/^[A-Za-z0-9.+-]{1,12}$/);
const attributes = fc.array(
  fc.record({ name: word, value: fc.option(fc.stringMatching(/^[!-~]{1,20}$/), { nil: undefined }) }),
  { maxLength: 5 },
);
const address = fc.record({ family: fc.constantFrom('IP4' as const, 'IP6' as const), address: word });

test('what is written is read again', () => {
  const description = fc.record({
    origin: fc.record({ user: word, sessionId: word, version: word, address }),
    name: word,
    connection: fc.option(address, { nil: undefined }),
    attributes,
    media: fc.array(
      fc.record({
        kind: fc.constantFrom('video', 'audio', 'application'),
        port: fc.integer({ min: 0, max: 65535 }),
        protocol: fc.constant('RTP/AVP'),
        payloadTypes: fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 4 }),
        connection: fc.option(address, { nil: undefined }),
        bandwidthKbps: fc.option(fc.nat(99999), { nil: undefined }),
        attributes,
      }),
      { minLength: 1, maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(description, (written) => {
      const result = parseSdp(writeSdp(written));
      assert(result.ok);
      const { origin, name, connection, attributes, media } = result.value;
      const readMedia = media.map(
        ({ kind, port, protocol, payloadTypes, connection, bandwidthKbps, attributes }) => ({
          kind,
          port,
          protocol,
          payloadTypes,
          connection,
          bandwidthKbps,
          attributes: [...attributes],
        }),
      );
      assert.deepEqual(
        { origin, name, connection, attributes: [...attributes], media: readMedia },
        structuredClone(written),
      );
    }),
    { numRuns: 100 },
  );
});

test('a value cannot add a line', () => {
  const text = writeSdp({
    origin: undefined,
    name: 'a\r\nm=audio 0 RTP/AVP 0',
    connection: undefined,
    attributes: [],
    media: [],
  });
  assert(!parseSdp(text).ok);
});
