import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { attribute, type SessionDescription } from './description.ts';
import { maxSdpCharacters, maxSdpMedia, parseSdp } from './parse.ts';

function fixture(name: string): SessionDescription {
  return parsed(readFileSync(new URL(`testdata/${name}.sdp`, import.meta.url), 'utf8'));
}

function parsed(text: string): SessionDescription {
  const result = parseSdp(text);
  assert(result.ok);
  return result.value;
}

describe('descriptions as devices send them', () => {
  test('GStreamer: H.264 with AAC', () => {
    const sdp = fixture('gstreamer-1.22');
    const [video, audio] = sdp.media;
    assert.equal(sdp.control, '*');
    assert.deepEqual(sdp.origin?.address, { family: 'IP4', address: '127.0.0.1' });
    assert.deepEqual(video?.rtpMaps, [
      { payloadType: 96, encoding: 'H264', clockHz: 90000, channels: undefined },
    ]);
    assert.equal(
      video.fmtp.get(96)?.get('sprop-parameter-sets'),
      'Z0LAFdoFB+wFqDAwNSgAAAMACAAAAwGUeLF1,aM48gA==',
    );
    assert.equal(video.control, 'stream=0');
    assert.equal(video.framesPerSecond, 25);
    assert.equal(video.bandwidthKbps, 2097);
    assert.deepEqual(audio?.rtpMaps, [
      { payloadType: 97, encoding: 'MPEG4-GENERIC', clockHz: 44100, channels: 1 },
    ]);
    assert.equal(audio.fmtp.get(97)?.get('config'), '120856e500');
  });

  test('absolute controls and G.711 by its static number', () => {
    const [video, audio] = fixture('handwritten-hikvision-style').media;
    assert.equal(video?.control, 'rtsp://192.0.2.64/Streaming/Channels/101/trackID=1');
    assert.equal(video.fmtp.get(96)?.get('packetization-mode'), '1');
    assert.equal(video.direction, 'recvonly');
    assert.deepEqual(audio?.rtpMaps, [{ payloadType: 8, encoding: 'PCMA', clockHz: 8000, channels: 1 }]);
  });

  test('JPEG by its static number, several audio sections, a back channel', () => {
    const [video, audio, back] = fixture('handwritten-dahua-style').media;
    assert.equal(video?.rtpMaps[0]?.encoding, 'JPEG');
    assert.equal(video.framesPerSecond, 12.5);
    assert.deepEqual(audio?.rtpMaps[0], {
      payloadType: 97,
      encoding: 'MPEG4-GENERIC',
      clockHz: 48000,
      channels: undefined,
    });
    assert.equal(back?.direction, 'sendonly');
  });

  test('spaces, LF, odd capitals, no last line end', () => {
    const sdp = fixture('handwritten-untidy-h265');
    const [video, metadata] = sdp.media;
    assert.equal(sdp.name, '');
    assert.equal(video?.kind, 'video');
    assert.deepEqual(video.rtpMaps[0], {
      payloadType: 98,
      encoding: 'H265',
      clockHz: 90000,
      channels: undefined,
    });
    assert.equal(video.framesPerSecond, 15);
    assert.equal(video.control, 'track1');
    assert.equal(video.fmtp.get(98)?.get('sprop-vps'), 'QAEMAf//AWAAAAMAsAAAAwAAAwB4rAk=');
    assert.equal(metadata?.rtpMaps[0]?.encoding, 'vnd.onvif.metadata');
  });
});

describe('single rules', () => {
  test('an rtpmap wins over the static table', () => {
    assert.equal(
      parsed('m=video 0 RTP/AVP 26\na=rtpmap:26 H264/90000').media[0]?.rtpMaps[0]?.encoding,
      'H264',
    );
  });

  test('a dynamic type without rtpmap has no map (RFC 3551, 3)', () => {
    assert.deepEqual(parsed('m=video 0 RTP/AVP 96').media[0]?.rtpMaps, []);
  });

  test('the direction of the session counts where a section has none', () => {
    const sdp = parsed('v=0\na=recvonly\nm=video 0 RTP/AVP 96\nm=audio 0 RTP/AVP 0\na=inactive');
    assert.deepEqual(
      sdp.media.map((media) => media.direction),
      ['recvonly', 'inactive'],
    );
  });

  test('an attribute without a value differs from one that is not there', () => {
    const attributes = [{ name: 'Flag', value: undefined }];
    assert.equal(attribute(attributes, 'flag'), '');
    assert.equal(attribute(attributes, 'other'), undefined);
  });

  test('text without media is refused', () => {
    for (const text of ['', '<html></html>', 'v=0\r\ns=x\r\n']) {
      assert.deepEqual(parseSdp(text), { ok: false, error: 'no-media' });
    }
  });

  test('endless text is refused, endless sections are cut', () => {
    assert.deepEqual(parseSdp('a'.repeat(maxSdpCharacters + 1)), { ok: false, error: 'too-long' });
    assert.equal(parsed('m=video 0 RTP/AVP 96\n'.repeat(1000)).media.length, maxSdpMedia);
  });
});
