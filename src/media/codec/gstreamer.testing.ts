/** For tests: what GStreamer makes of RTP packets of ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeRtp } from '../rtp/packet.ts';
import type { OrderedPacket } from '../rtp/payload.ts';

export const gstreamerMissing = spawnSync('gst-launch-1.0', ['--version']).error
  ? 'GStreamer is not installed'
  : false;

/** The media bytes, one frame after the other, that a depayloader makes of packets described by `caps`. */
export function depayloadWithGstreamer(
  packets: readonly OrderedPacket[],
  caps: string,
  depayloader: string,
): Uint8Array {
  const framed = packets.map(({ sequence, time, marker, payload }) => {
    const rtp = writeRtp({ payloadType: 96, marker, sequence, timestamp: time, ssrc: 1, payload });
    return Buffer.concat([Uint8Array.of(rtp.length >> 8, rtp.length & 0xff), rtp]);
  });
  const pipeline = `fdsrc ! application/x-rtp-stream,payload=96,${caps} ! rtpstreamdepay ! ${depayloader} ! fdsink`;
  return execFileSync('gst-launch-1.0', ['--quiet', ...pipeline.split(' ')], {
    input: Buffer.concat(framed),
    timeout: 20_000,
  });
}
