/**
 * Coded pictures and the clip's own AAC, put together as MPEG-TS.
 */
import type { InputAudioTrack } from 'mediabunny';
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  MpegTsOutputFormat,
  Output,
} from 'mediabunny';
import { h264Config } from '../../../media/codec/h264/config.ts';
import * as h264 from '../../../media/codec/h264/nal.ts';
import { h265Config } from '../../../media/codec/h265/config.ts';
import * as h265 from '../../../media/codec/h265/nal.ts';
import { splitAnnexB } from '../../../media/codec/nal-units.ts';
import type { ClipSegmentOrder } from '../messages.ts';
import type { CodedPicture } from './clip-encoder.ts';
import type { ClipInput } from './clip-input.ts';

/** Times of MPEG-TS have 33 bits of 90 kHz (ISO/IEC 13818-1, 2.4.3.7). */
const wrapMs = 2 ** 33 / 90;
/** A second of AAC has 50 to 100 frames; a damaged file may have any number. */
const maxAudioPackets = 20_000;

interface Sound {
  readonly packets: readonly EncodedPacket[];
  readonly config: AudioDecoderConfig;
}

export async function writeTransportStream(
  clip: ClipInput,
  order: ClipSegmentOrder,
  pictures: readonly CodedPicture[],
  codec: 'avc' | 'hevc',
): Promise<Uint8Array> {
  const baseSeconds = (order.timeMs % wrapMs) / 1000;
  const target = new BufferTarget();
  const output = new Output({ format: new MpegTsOutputFormat(), target });
  const video = new EncodedVideoPacketSource(codec);
  output.addVideoTrack(video);
  const sound = clip.audio && (await soundOf(clip.audio, clip.originSeconds, order));
  const audio = sound && new EncodedAudioPacketSource('aac');
  if (audio) output.addAudioTrack(audio);
  await output.start();
  const seconds = 1 / order.format.framesPerSecond;
  const decoderConfig = videoConfig(codec, pictures, order);
  await Promise.all([
    (async () => {
      for (const { bytes, key, number } of pictures) {
        const packet = new EncodedPacket(
          bytes,
          key ? 'key' : 'delta',
          baseSeconds + number * seconds,
          seconds,
        );
        await video.add(packet, { decoderConfig });
      }
      video.close();
    })(),
    (async () => {
      for (const packet of sound?.packets ?? []) {
        const timestamp = baseSeconds + packet.timestamp - clip.originSeconds;
        await audio?.add(packet.clone({ timestamp }), sound && { decoderConfig: sound.config });
      }
      audio?.close();
    })(),
  ]);
  await output.finalize();
  return new Uint8Array(target.buffer ?? new ArrayBuffer(0));
}

/** Undefined when there is none in this stretch, or it is no AAC. */
async function soundOf(
  track: InputAudioTrack,
  originSeconds: number,
  { fromMs, toMs }: ClipSegmentOrder,
): Promise<Sound | undefined> {
  const config = (await track.getCodec()) === 'aac' ? await track.getDecoderConfig() : null;
  if (!config) return undefined;
  const sink = new EncodedPacketSink(track);
  const from = originSeconds + fromMs / 1000;
  const to = originSeconds + toMs / 1000;
  const packets: EncodedPacket[] = [];
  let packet = (await sink.getPacket(from)) ?? (await sink.getFirstPacket());
  for (let count = 0; packet && packet.timestamp < to && count < maxAudioPackets; count += 1) {
    if (packet.timestamp >= from && packet.data.length > 0) packets.push(packet);
    packet = await sink.getNextPacket(packet);
  }
  return packets.length === 0 ? undefined : { packets, config };
}

/** Its name (RFC 6381) stands in the parameter sets before the first picture. */
function videoConfig(
  codec: 'avc' | 'hevc',
  pictures: readonly CodedPicture[],
  { format }: ClipSegmentOrder,
): VideoDecoderConfig {
  const nals = splitAnnexB(pictures[0]?.bytes ?? new Uint8Array());
  const name = codec === 'avc' ? h264Name(nals) : h265Name(nals);
  if (name === undefined) throw new Error('the encoder made no parameter sets');
  return { codec: name, codedWidth: format.widthPixels, codedHeight: format.heightPixels };
}

function h264Name(nals: readonly Uint8Array[]): string | undefined {
  const sps = nals.find((nal) => h264.typeOf(nal) === h264.nalType.sps);
  const pps = nals.filter((nal) => h264.typeOf(nal) === h264.nalType.pps);
  const config = sps && h264Config(sps, pps);
  return config?.ok ? config.value.codecString : undefined;
}

function h265Name(nals: readonly Uint8Array[]): string | undefined {
  const vps = nals.find((nal) => h265.typeOf(nal) === h265.nalType.vps);
  const sps = nals.find((nal) => h265.typeOf(nal) === h265.nalType.sps);
  const pps = nals.filter((nal) => h265.typeOf(nal) === h265.nalType.pps);
  const config = vps && sps && h265Config({ vps, sps, pps });
  return config?.ok ? config.value.codecString : undefined;
}
