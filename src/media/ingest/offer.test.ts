import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSdp } from '../sdp/parse.ts';
import { chooseTracks } from './offer.ts';

function choose(...lines: string[]) {
  const description = parseSdp(['v=0', ...lines].join('\r\n'));
  assert.ok(description.ok);
  return chooseTracks(description.value);
}

const h264 = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000'];

test('pictures come first, whatever the order of the description', () => {
  const { tracks } = choose('m=audio 0 RTP/AVP 0', 'a=control:sound', ...h264, 'a=control:picture');
  assert.deepEqual(
    tracks.map(({ kind, control, clockHz }) => ({ kind, control, clockHz })),
    [
      { kind: 'video', control: 'picture', clockHz: 90_000 },
      { kind: 'audio', control: 'sound', clockHz: 8000 },
    ],
  );
});

test('an unusable sound does not keep the picture away, and a note says why it is missing', () => {
  const { tracks, notes } = choose(...h264, 'm=audio 0 RTP/AVP 97', 'a=rtpmap:97 G726-32/8000');
  assert.equal(tracks.length, 1);
  assert.deepEqual(notes, ['audio G726-32 is left out: this codec is not supported.']);
});

test('the second picture (often the small one) is left out with a note', () => {
  const { tracks, notes } = choose(...h264, ...h264);
  assert.equal(tracks.length, 1);
  assert.match(notes[0] ?? '', /A second video H264/);
});

test('of several formats of one section the first usable one is taken', () => {
  const { tracks } = choose('m=audio 0 RTP/AVP 97 8', 'a=rtpmap:97 G726-32/8000', 'a=rtpmap:8 PCMA/8000');
  assert.equal(tracks[0]?.payloadType, 8);
});

test('the loudspeaker of the camera is not taken for its microphone', () => {
  const { tracks } = choose(
    'm=audio 0 RTP/AVP 0',
    'a=sendonly',
    'a=control:speaker',
    'm=audio 0 RTP/AVP 8',
    'a=recvonly',
    'a=control:microphone',
  );
  assert.equal(tracks[0]?.control, 'microphone');
});

test('a section that is switched off is not asked for', () => {
  assert.equal(choose(...h264, 'a=inactive').tracks.length, 0);
});

test('parameter sets that cannot be read are no reason to refuse: they come in the stream', () => {
  const broken = choose(...h264, 'a=fmtp:96 sprop-parameter-sets=%%%,@@@');
  assert.equal(broken.tracks.length, 1);
  const h265 = choose('m=video 0 RTP/AVP 98', 'a=rtpmap:98 H265/90000', 'a=fmtp:98 sprop-vps=AAAA');
  assert.equal(h265.tracks.length, 1);
});

test('when nothing is usable, what was offered is known by name', () => {
  const { tracks, offered } = choose(
    'm=video 0 RTP/AVP 31',
    'm=audio 0 RTP/AVP 97',
    'a=rtpmap:97 G726-32/8000',
  );
  assert.equal(tracks.length, 0);
  assert.deepEqual(offered, ['video H261', 'audio G726-32']);
});

test('of what a publisher offers, only what it sends is taken; `sendonly` is no loudspeaker there', () => {
  const description = parseSdp(
    ['m=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=recvonly', 'm=audio 9 UDP/TLS/RTP/SAVPF 8', 'a=sendrecv']
      .concat(['m=video 9 UDP/TLS/RTP/SAVPF 95 96', 'a=rtpmap:95 VP8/90000', 'a=rtpmap:96 H264/90000'])
      .concat('a=sendonly')
      .join('\r\n'),
  );
  assert.ok(description.ok);
  const { tracks } = chooseTracks(description.value, 'publisher');
  assert.deepEqual(
    tracks.map(({ section, payloadType }) => [section, payloadType]),
    [
      [2, 96],
      [1, 8],
    ],
  );
});
