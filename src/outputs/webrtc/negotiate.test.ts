import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hertz } from '../../base/units.ts';
import type { WebRtcOffer } from '../../media/sdp/webrtc/offer.ts';
import { parseOffer } from '../../media/sdp/webrtc/offer.ts';
import type { CodecConfig, Track } from '../../media/track.ts';
import { agreeToTake } from './negotiate-publish.ts';
import { agreeToSend, carriedTracks, unsendable } from './negotiate.ts';

function offerOf(name: string, change = (text: string) => text): WebRtcOffer {
  const file = new URL(`../../media/sdp/testdata/${name}.sdp`, import.meta.url);
  const parsed = parseOffer(change(readFileSync(file, 'latin1')));
  assert.ok(parsed.ok);
  return parsed.value;
}

function track(id: number, codec: CodecConfig, clock = 90_000): Track {
  return { id, clockHz: hertz(clock), codec };
}

const picture = { widthPixels: 640, heightPixels: 360, framesPerSecond: 25, codecString: '' };
const sets = { sps: Uint8Array.of(0x67), pps: [Uint8Array.of(0x68)] };
const h264 = track(0, { kind: 'h264', ...sets, ...picture, reorderFrames: 0 });
const opus = track(1, { kind: 'opus', channels: 1, codecString: 'opus' }, 48_000);
const aac = track(
  1,
  {
    kind: 'aac',
    audioSpecificConfig: Uint8Array.of(0x12, 0x10),
    sampleRateHz: 44_100,
    channels: 2,
    codecString: 'mp4a.40.2',
  },
  44_100,
);
const ssrcs = { video: 11, audio: 22 };

describe('what a viewer is sent', () => {
  it('is picture and sound in codecs that the browser offered, with its feedback', () => {
    const offer = offerOf('chromium-watch');
    const agreed = agreeToSend(offer, carriedTracks([h264, opus]), { hurry: true, ssrcs });
    assert.ok(agreed.ok);
    const { spec, sections } = agreed.value;
    assert.equal(spec.video?.ssrc, 11);
    assert.equal(spec.audio?.ssrc, 22);
    assert.ok(spec.transportSequenceId && spec.playoutDelayId);
    const [video, audio] = sections;
    assert.deepEqual(video?.feedback, ['nack', 'nack pli', 'ccm fir', 'transport-cc']);
    assert.deepEqual(audio?.feedback, ['transport-cc']);
    assert.deepEqual(video?.payloadTypes, [spec.video?.payloadType]);
  });

  it('is estimated by the browser when it does not tell of each packet', () => {
    const offer = offerOf('chromium-watch', (text) => text.replaceAll(/^a=extmap:.*\r\n/gm, ''));
    const agreed = agreeToSend(offer, { video: h264 }, { hurry: true, ssrcs });
    assert.ok(agreed.ok);
    assert.equal(agreed.value.spec.transportSequenceId, undefined);
    assert.equal(agreed.value.spec.playoutDelayId, undefined);
    assert.ok(agreed.value.sections[0]?.feedback.includes('goog-remb'));
  });

  it('is not hurried where viewers accept a delay', () => {
    const agreed = agreeToSend(offerOf('chromium-watch'), { video: h264 }, { hurry: false, ssrcs });
    assert.ok(agreed.ok);
    assert.equal(agreed.value.spec.playoutDelayId, undefined);
  });

  it('has no sound that browsers do not understand', () => {
    const carried = carriedTracks([h264, aac]);
    assert.deepEqual(carried, { video: h264 });
    assert.equal(unsendable(carried), undefined);
  });

  it('is refused with a code for B-frames, Motion JPEG, and codecs that were not offered', () => {
    const bFrames = track(0, { kind: 'h264', ...sets, ...picture, reorderFrames: 2 });
    const jpeg = track(0, { kind: 'mjpeg', widthPixels: 640, heightPixels: 360 });
    const h265 = track(0, { kind: 'h265', vps: Uint8Array.of(0x40), ...sets, ...picture, reorderFrames: 0 });
    assert.equal(unsendable(carriedTracks([bFrames]))?.code, 'b-frames');
    assert.equal(unsendable(carriedTracks([jpeg]))?.code, 'codec-not-offered');
    assert.equal(unsendable(carriedTracks([aac]))?.code, 'codec-not-offered');
    const agreed = agreeToSend(offerOf('chromium-watch'), { video: h265 }, { hurry: true, ssrcs });
    assert.ok(!agreed.ok);
    assert.deepEqual([agreed.error.status, agreed.error.code], [406, 'codec-not-offered']);
    assert.match(agreed.error.detail, /H\.265/);
  });

  it('goes to nobody who only sends', () => {
    assert.equal(agreeToSend(offerOf('chromium-send'), { video: h264 }, { hurry: true, ssrcs }).ok, false);
  });
});

describe('what a publisher may send', () => {
  it('is H.264 before what browsers like better, and one sound', () => {
    const taken = agreeToTake(offerOf('chromium-send'));
    assert.ok(taken.ok);
    const maps = taken.value.description.media.map(({ rtpMaps }) => rtpMaps.map(({ encoding }) => encoding));
    assert.deepEqual(maps, [['H264'], ['opus']]);
    assert.ok(taken.value.sections.every((section) => section?.direction === 'recvonly'));
  });

  it('is nothing of somebody who only watches', () => {
    const taken = agreeToTake(offerOf('chromium-watch'));
    assert.ok(!taken.ok);
    assert.equal(taken.error.status, 406);
  });
});
