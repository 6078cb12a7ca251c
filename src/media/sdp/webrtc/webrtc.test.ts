import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { LocalDescription, TakenSection } from './answer.ts';
import { writeAnswer } from './answer.ts';
import { choosePayloadType, extensionUris, offersFeedback } from './choose.ts';
import type { OfferedSection, WebRtcOffer } from './offer.ts';
import { maxOfferCharacters, parseOffer } from './offer.ts';
import { parseSdp } from '../parse.ts';

const watching = readFileSync(new URL('../testdata/chromium-watch.sdp', import.meta.url), 'utf8');
const sending = readFileSync(new URL('../testdata/chromium-send.sdp', import.meta.url), 'utf8');

/** Of the session, for all sections. */
const minimal = [
  'v=0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuv',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'ab').join(':')}`,
  'a=setup:actpass',
  '',
].join('\r\n');

function offer(sdp: string): WebRtcOffer {
  const parsed = parseOffer(sdp);
  assert(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.value;
}

/** An offer of sound in one format. */
function sound(payloadType: number, encoding: string): OfferedSection {
  const [section] = offer(
    `${minimal}m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}\r\na=rtcp-mux\r\na=rtpmap:${payloadType} ${encoding}\r\n`,
  ).sections;
  assert(section);
  return section;
}

function refused(sdp: string): string {
  const parsed = parseOffer(sdp);
  assert(!parsed.ok);
  return parsed.error.message;
}

describe('an offer of Chromium', () => {
  const { sections, transport } = offer(watching);
  const [video, audio] = sections;

  test('has the four values of its connection', () => {
    assert.equal(transport.iceUfrag, /ice-ufrag:(\S+)/.exec(watching)?.[1]);
    assert.match(transport.fingerprint, /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.equal(transport.setup, 'actpass');
  });

  test('H.264 goes as constrained baseline with packetization mode 1', () => {
    assert(video);
    const type = choosePayloadType(video, 'h264');
    assert.match(watching, new RegExp(`a=fmtp:${type} .*packetization-mode=1;profile-level-id=42e0`));
    assert(offersFeedback(video, type ?? -1, 'nack pli'));
    assert(!offersFeedback(video, type ?? -1, 'nack rpsi'));
  });

  test('sound goes as Opus or G.711, and what is not offered does not go', () => {
    assert(audio && video);
    assert.equal(choosePayloadType(audio, 'opus'), 111);
    assert.equal(choosePayloadType(audio, 'pcmu'), 0);
    assert.equal(choosePayloadType(audio, 'pcma'), 8);
    assert.equal(choosePayloadType(video, 'h265'), undefined);
    assert.equal(choosePayloadType(audio, 'h264'), undefined);
  });

  test('a codec on another clock, or with a number that looks like RTCP, does not go (RFC 5761, 4)', () => {
    assert.equal(choosePayloadType(sound(100, 'PCMU/8000'), 'pcmu'), 100);
    assert.equal(choosePayloadType(sound(100, 'PCMU/16000'), 'pcmu'), undefined);
    assert.equal(choosePayloadType(sound(63, 'opus/48000/2'), 'opus'), 63);
    assert.equal(choosePayloadType(sound(64, 'opus/48000/2'), 'opus'), undefined);
    assert.equal(choosePayloadType(sound(95, 'opus/48000/2'), 'opus'), undefined);
  });

  test('H.264 of another profile goes too, when pictures may be cut into packets', () => {
    const { sections: other } = offer(
      `${minimal}m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=rtcp-mux\r\n` +
        'a=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=42e01f\r\n' +
        'a=rtpmap:97 H264/90000\r\na=fmtp:97 packetization-mode=1;profile-level-id=640c1f\r\n',
    );
    assert(other[0]);
    assert.equal(choosePayloadType(other[0], 'h264'), 97);
  });

  test('sections that are sent say so', () => {
    assert.deepEqual(
      offer(sending).sections.map(({ direction }) => direction),
      ['sendonly', 'sendonly'],
    );
  });
});

describe('an offer is refused in words', () => {
  test('when a value of the connection is missing or not as it should be', () => {
    assert.match(refused(watching.replaceAll(/a=ice-pwd.*\r\n/g, '')), /no a=ice-pwd/);
    assert.match(refused(watching.replaceAll(/a=ice-ufrag.*/g, 'a=ice-ufrag:a b')), /RFC 8839/);
    assert.match(refused(watching.replaceAll(/a=fingerprint.*/g, 'a=fingerprint:sha-1 AA:BB')), /sha-256/);
    assert.match(refused(watching.replaceAll(/a=setup.*/g, 'a=setup:holdconn')), /setup/);
    assert.match(refused(watching.replaceAll('a=rtcp-mux\r\n', '')), /rtcp-mux/);
  });

  test('when it is too long, has no media, or too many sections', () => {
    assert.match(refused(`${watching}a=${'x'.repeat(maxOfferCharacters)}`), /64 KiB/);
    assert.match(refused('v=0\r\n'), /no media section/);
    assert.match(refused('m=video 9 UDP/TLS/RTP/SAVPF 96\r\n'.repeat(40)), /more than 31/);
  });

  test('when a section cannot be read: the answer could not have one for each', () => {
    assert.match(refused(`${watching}m=x-text 9 UDP/TLS/RTP/SAVPF 96\r\n`), /cannot be read/);
    const tooManyLines = watching.replace('m=audio', `${'a=x\r\n'.repeat(2000)}m=audio`);
    assert.match(refused(tooManyLines), /cannot be read/);
  });

  test('sections outside the bundle are offered, but cannot be taken', () => {
    const { sections } = offer(watching.replace('a=group:BUNDLE 0 1', 'a=group:BUNDLE 0'));
    assert.deepEqual(
      sections.map(({ isUsable }) => isUsable),
      [true, false],
    );
  });
});

const local: LocalDescription = {
  iceUfrag: 'abcd',
  icePwd: 'abcdefghijklmnopqrstuv',
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  setup: 'active',
  candidates: ['1 1 UDP 2122317823 127.0.0.1 8189 typ host'],
};

describe('an answer', () => {
  const read = offer(watching);
  const type = (read.sections[0] && choosePayloadType(read.sections[0], 'h264')) ?? -1;
  const video: TakenSection = {
    direction: 'sendonly',
    payloadTypes: [type],
    feedback: ['nack', 'nack pli', 'transport-cc'],
    extensions: [extensionUris.transportSequence, 'urn:not-offered'],
    ssrc: 4711,
  };

  test('has every section of the offer, in order, and one connection for those that are taken', () => {
    const text = writeAnswer({ offer: read, local, sections: [video, undefined], cname: 'us' });
    const parsed = parseSdp(text);
    assert(parsed.ok);
    assert.deepEqual(
      parsed.value.media.map(({ kind, port, direction }) => [kind, port, direction]),
      [
        ['video', 9, 'sendonly'],
        ['audio', 0, 'inactive'],
      ],
    );
    assert.match(text, /^a=group:BUNDLE 0\r$/m);
    assert.match(text, /^a=ice-lite\r$/m);
    assert.match(text, /^a=candidate:1 1 UDP 2122317823 127\.0\.0\.1 8189 typ host\r$/m);
    assert.match(text, /^a=ssrc:4711 cname:us\r$/m);
    assert.match(text, new RegExp(`^a=rtcp-fb:${type} nack pli\\r$`, 'm'));
    assert.match(text, new RegExp(`^a=rtpmap:${type} H264/90000\\r$`, 'm'));
    assert.match(text, /^a=extmap:4 http:\/\/www\.ietf\.org\/id\/draft-holmer/m);
    assert.doesNotMatch(text, /not-offered/);
  });
});

test('nothing but printable words of an offer reach the answer', () => {
  const odd = offer(`${watching}m=audio 9 RTP\u0001\u2028/SAVPF 96\r\na=mid:a\u0001b\r\n`);
  const text = writeAnswer({ offer: odd, local, sections: [], cname: 'us' });
  assert.match(text, /^m=audio 0 RTP/m);
  for (const line of text.split('\r\n')) assert.match(line, /^(?:[a-z]=[ -~]*)?$/);
});

const noise = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\r\n', 'a=', 'm=video 9 ', ':', ' '));

test('any text, and any change of a real offer: no throw, and no line of its own in the answer', () => {
  const changed = fc
    .tuple(fc.nat(watching.length), fc.nat(200), fc.array(noise, { maxLength: 5 }))
    .map(([at, length, inserted]) => watching.slice(0, at) + inserted.join('') + watching.slice(at + length));
  fc.assert(
    fc.property(
      fc.oneof(
        changed,
        fc.array(noise).map((pieces) => pieces.join('')),
      ),
      (sdp) => {
        const parsed = parseOffer(sdp);
        if (!parsed.ok) return;
        const sections = parsed.value.sections.map((section): TakenSection | undefined => {
          const payloadType = choosePayloadType(section, 'h264');
          if (payloadType === undefined) return undefined;
          return { direction: 'sendonly', payloadTypes: [payloadType], feedback: [], extensions: [] };
        });
        const text = writeAnswer({ offer: parsed.value, local, sections, cname: 'us' });
        for (const line of text.split('\r\n')) assert.match(line, /^(?:[a-z]=\P{Control}*)?$/u);
      },
    ),
    { numRuns: 500 },
  );
});
