import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { err, ok } from '../base/result.ts';
import { hertz, ticks, unixMs } from '../base/units.ts';
import { rtpFormat } from '../media/codec/rtp-format.ts';
import { nalsOf } from '../media/codec/streams.testing.ts';
import { chooseTracks } from '../media/ingest/offer.ts';
import type { RtcpPacket } from '../media/rtcp/packet.ts';
import { parseRtcp } from '../media/rtcp/parse.ts';
import { writeRtcp } from '../media/rtcp/write.ts';
import { writeRtp } from '../media/rtp/packet.ts';
import { parseSdp } from '../media/sdp/parse.ts';
import type { AccessUnit, Track } from '../media/track.ts';
import type { PublishedMediaOptions } from './published-media.ts';
import { PublishedMedia, maxSilenceMs } from './published-media.ts';
import type { Publisher } from './publishing.ts';
import type { SourceFault, SourceSink } from './source.ts';

const announced = `v=0
o=- 0 0 IN IP4 127.0.0.1
s=A sender
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
m=audio 0 RTP/AVP 97
a=rtpmap:97 opus/48000/2
`;
const videoSsrc = 7;
const audioSsrc = 8;

/** Pictures of a real encoder; one slice is one picture, its parameter sets in front. */
const pictures: readonly (readonly Uint8Array[])[] = nalsOf('x264-baseline.h264').reduce<Uint8Array[][]>(
  (units, nal) => {
    const open = units.at(-1);
    const isOpen = open?.every((one) => ![1, 5].includes((one[0] ?? 0) & 31)) === true;
    if (isOpen) open.push(nal);
    else units.push([nal]);
    return units;
  },
  [],
);

class Camera implements SourceSink {
  readonly told: (readonly Track[])[] = [];
  readonly units: AccessUnit[] = [];
  readonly faults: SourceFault[] = [];
  publisher: Publisher | undefined;
  /** Called with each unit. */
  onUnit: () => void = () => undefined;
  tracks(tracks: readonly Track[]): void {
    this.told.push(tracks);
  }
  unit(unit: AccessUnit): void {
    this.units.push(unit);
    this.onUnit();
  }
  ended(fault: SourceFault): void {
    this.faults.push(fault);
  }
  of(kind: string): AccessUnit[] {
    const id = this.told.at(-1)?.find(({ codec }) => codec.kind === kind)?.id;
    return this.units.filter(({ track }) => track === id);
  }
}

function offered() {
  const description = parseSdp(announced);
  assert.ok(description.ok);
  return chooseTracks(description.value, 'publisher').tracks;
}

function sendSound(media: PublishedMedia, index: number): void {
  // One 20 ms frame of stereo CELT (RFC 6716, 3.1).
  const payload = Uint8Array.of(0xfc, 0xff, 0xfe);
  const header = { payloadType: 97, marker: false, sequence: index, timestamp: index * 960 };
  media.packet(1, 'rtp', writeRtp({ ...header, ssrc: audioSsrc, payload }));
}

describe('media that is sent to a camera', () => {
  let clock: ManualClock;
  let camera: Camera;
  let sent: { track: number; packets: readonly RtcpPacket[] }[];
  let over: string[];
  let sequence: number;

  beforeEach(() => {
    clock = new ManualClock();
    camera = new Camera();
    sent = [];
    over = [];
    sequence = 100;
    reorderMs = undefined;
  });

  let reorderMs: number | undefined;

  function options(lower: 'tcp' | 'udp' = 'tcp', asksKeyframes = false): PublishedMediaOptions {
    return {
      publish: (name, publisher) => {
        if (name !== 'cam_door') return err({ kind: 'unknown' });
        camera.publisher = publisher;
        return ok(Object.assign(camera, reorderMs !== undefined && { reorderMs: () => reorderMs ?? 0 }));
      },
      camera: 'cam_door',
      transport: 'RTSP push over TCP',
      address: '192.0.2.7',
      tracks: offered().map((one) => ({ offered: one, lower })),
      clock,
      log: silentLog,
      ssrc: 1000,
      asksKeyframes,
      send: (track, rtcp) => sent.push({ track, packets: parseRtcp(rtcp).packets }),
      onOver: (reason) => over.push(reason),
    };
  }

  function begin(lower: 'tcp' | 'udp' = 'tcp', asksKeyframes = false): PublishedMedia {
    const media = PublishedMedia.begin(options(lower, asksKeyframes));
    assert.ok(media.ok);
    return media.value;
  }

  const h264 = rtpFormat({
    id: 0,
    clockHz: hertz(90_000),
    codec: {
      kind: 'h264',
      sps: new Uint8Array(4),
      pps: [],
      widthPixels: 1,
      heightPixels: 1,
      framesPerSecond: undefined,
      codecString: '',
      reorderFrames: 0,
    },
  });

  /** Packets of a picture; the next takes the sequence numbers that follow. */
  function packetsOf(nals: readonly Uint8Array[], timestamp: number): Uint8Array[] {
    const unit = { track: 0, pts: ticks(0), dts: ticks(0), wallMs: unixMs(0), key: false, nals };
    return h264.packetize(unit, 1200).map(({ payload, marker }) => {
      sequence += 1;
      return writeRtp({ payloadType: 96, marker, sequence, timestamp, ssrc: videoSsrc, payload });
    });
  }

  function sendPicture(media: PublishedMedia, index: number, lose = -1): void {
    const packets = packetsOf(pictures[index % pictures.length] ?? [], index * 3600);
    for (const [place, packet] of packets.entries()) if (place !== lose) media.packet(0, 'rtp', packet);
    clock.advance(40);
  }

  const requests = () =>
    sent.filter(({ packets }) => packets.some(({ kind }) => kind === 'picture-loss')).length;

  it('arrives as tracks, then pictures and sound on their tracks', () => {
    const media = begin();
    for (let index = 0; index < 4; index += 1) {
      sendPicture(media, index);
      sendSound(media, index);
    }
    assert.deepEqual(
      camera.told.map((tracks) => tracks.map(({ codec }) => codec.kind)),
      [['h264', 'opus']],
    );
    assert.equal(camera.of('h264').length, 4);
    assert.ok(camera.of('opus').length >= 3);
    assert.equal(media.silentTracks, 0);
  });

  it('goes on without a track that stays silent, and says how many do', () => {
    const media = begin();
    for (let index = 0; index < 15; index += 1) sendPicture(media, index);
    assert.equal(camera.told[0]?.length, 1);
    assert.equal(media.silentTracks, 1);
  });

  it('counts bytes, packets and losses', () => {
    const media = begin();
    sendPicture(media, 0);
    sendPicture(media, 1, 0);
    sendPicture(media, 2);
    const { bytesReceived, packetsReceived, packetsLost } = media.counters();
    assert.equal(packetsLost, 1);
    assert.ok(packetsReceived >= 2);
    assert.ok(bytesReceived > camera.units.length * 12);
  });

  it('over UDP waits for a packet that was overtaken, but not for ever', () => {
    const media = begin('udp');
    sendPicture(media, 0);
    const [first, second] = [packetsOf(pictures[1] ?? [], 3600), packetsOf(pictures[2] ?? [], 7200)];
    for (const packet of [...second, ...first]) media.packet(0, 'rtp', packet);
    clock.advance(1000);
    assert.equal(camera.units.length, 3);
    assert.equal(media.counters().packetsLost, 0);
    sequence += 1;
    sendPicture(media, 3);
    assert.equal(camera.units.length, 3);
    clock.advance(1000);
    assert.equal(camera.units.length, 4);
    assert.equal(media.counters().packetsLost, 1);
  });

  it('waits for overtaken packets as long as the camera’s viewers want, also when they change their mind', () => {
    reorderMs = 2000;
    const media = begin('udp');
    sendPicture(media, 0);
    sendSound(media, 0);
    sequence += 1;
    sendPicture(media, 1);
    clock.advance(1500);
    assert.equal(camera.of('h264').length, 1);
    reorderMs = 50;
    clock.advance(50);
    assert.equal(camera.of('h264').length, 2);
  });

  it('gives the sender receiver reports on each track, the first at once', () => {
    const media = begin();
    clock.advance(100);
    assert.deepEqual(
      sent.map(({ track }) => track),
      [0, 1],
    );
    for (let index = 0; index < 150; index += 1) sendPicture(media, index);
    const report = sent.filter(({ track }) => track === 0).at(-1)?.packets[0];
    assert.ok(report?.kind === 'receiver-report');
    assert.equal(report.blocks[0]?.ssrc, videoSsrc);
    assert.ok(sent.length <= 6);
  });

  it('is ended when nothing comes any more, and both sides are told once', () => {
    const media = begin();
    sendPicture(media, 0);
    clock.advance(maxSilenceMs + 1000);
    assert.equal(camera.faults[0]?.kind, 'stalled');
    clock.advance(60_000);
    media.leave('The sender closed its connection.');
    media.end('The camera was deleted.');
    assert.equal(camera.faults.length, 1);
    assert.equal(over.length, 1);
    assert.equal(clock.timers, 0);
  });

  it('is over for the camera when the sender leaves; the server is not told what it knows', () => {
    const media = begin();
    media.leave('The sender closed its connection.');
    assert.deepEqual(camera.faults, [{ kind: 'ended', message: 'The sender closed its connection.' }]);
    assert.deepEqual(over, []);
    assert.equal(clock.timers, 0);
  });

  it('is over for the server when the camera wants no more, in the middle of a packet too', () => {
    const media = begin();
    camera.onUnit = () => camera.publisher?.end('The camera was deleted.');
    for (let index = 0; index < 20; index += 1) sendPicture(media, index);
    assert.equal(camera.units.length, 1);
    assert.deepEqual(over, ['The camera was deleted.']);
    assert.deepEqual(camera.faults, []);
    assert.equal(clock.timers, 0);
  });

  it('ends when the sender says goodbye on every track', () => {
    const media = begin();
    sendPicture(media, 0);
    sendSound(media, 0);
    const goodbye = { kind: 'goodbye', ssrcs: [videoSsrc, audioSsrc], reason: undefined } as const;
    media.sharedRtcp(writeRtcp([{ kind: 'receiver-report', ssrc: videoSsrc, blocks: [] }, goodbye]));
    clock.advance(100);
    assert.equal(camera.faults[0]?.kind, 'ended');
    assert.equal(over.length, 1);
  });

  it('is refused where the camera refuses', () => {
    const refused = PublishedMedia.begin({ ...options(), camera: 'cam_other' });
    assert.deepEqual(refused, err({ kind: 'unknown' }));
    assert.equal(clock.timers, 0);
  });

  it('is refused by a camera that is switched off while it takes the sender', () => {
    const refused = PublishedMedia.begin({
      ...options(),
      publish: (_, publisher) => {
        publisher.end('Off.');
        return ok(camera);
      },
    });
    assert.deepEqual(refused, err({ kind: 'disabled' }));
    assert.equal(clock.timers, 0);
  });

  describe('asks for a keyframe', () => {
    it('not while they come by themselves', () => {
      const media = begin('tcp', true);
      for (let index = 0; index < 100; index += 1) sendPicture(media, index - (index % pictures.length));
      assert.equal(requests(), 0);
    });

    it('when the sender has made none for long, again and again until one comes', () => {
      const media = begin('tcp', true);
      sendPicture(media, 0);
      sendSound(media, 0);
      for (let index = 0; index < 100; index += 1) sendPicture(media, 1);
      assert.ok(requests() >= 3 && requests() <= 6, `${requests()} requests`);
      const asked = requests();
      sendPicture(media, 0);
      for (let index = 0; index < 40; index += 1) sendPicture(media, 1);
      assert.equal(requests(), asked);
    });

    it('soon, when the sender was joined between two', () => {
      const media = begin('tcp', true);
      for (let index = 0; index < 20; index += 1) sendPicture(media, 1);
      assert.equal(requests(), 1);
      const request = sent.at(-1)?.packets.find(({ kind }) => kind === 'picture-loss');
      assert.deepEqual(request, { kind: 'picture-loss', sender: 1000, media: videoSsrc });
    });

    it('when a packet of the picture was lost', () => {
      const media = begin('tcp', true);
      sendPicture(media, 0);
      sendSound(media, 0);
      for (let index = 0; index < 13; index += 1) sendPicture(media, 1);
      assert.equal(requests(), 0);
      sendPicture(media, 1, 0);
      sendPicture(media, 1);
      clock.advance(50);
      assert.equal(requests(), 1);
    });

    it('when somebody begins to watch', () => {
      const media = begin('tcp', true);
      sendPicture(media, 0);
      sendSound(media, 0);
      for (let index = 0; index < 13; index += 1) sendPicture(media, 1);
      media.wantKeyframe();
      clock.advance(50);
      assert.equal(requests(), 1);
    });

    it('never of a sender that does not understand', () => {
      const media = begin('tcp', false);
      for (let index = 0; index < 100; index += 1) sendPicture(media, 1);
      assert.equal(requests(), 0);
    });
  });
});
