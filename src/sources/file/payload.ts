/**
 * How a file's codecs lay their bytes: one function for each way, from a packet to its NAL units or audio frame.
 */
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { splitAdts } from '../../media/codec/aac/adts.ts';
import { parseAudioSpecificConfig } from '../../media/codec/aac/config.ts';
import { h264Config } from '../../media/codec/h264/config.ts';
import * as h264 from '../../media/codec/h264/nal.ts';
import { h265Config } from '../../media/codec/h265/config.ts';
import * as h265 from '../../media/codec/h265/nal.ts';
import { sameBytes, splitAnnexB, splitLengthPrefixed } from '../../media/codec/nal-units.ts';
import type { CodecConfig } from '../../media/track.ts';

interface PayloadParts {
  readonly nals: Uint8Array[];
  /** When the packet carried a configuration that differs from the one before. */
  readonly config?: CodecConfig;
}

/** Never throws, whatever the bytes. */
export type Payload = (bytes: Uint8Array, key: boolean) => Result<PayloadParts, string>;

/** NAL units behind lengths; their configuration stands in the file's header. */
export function lengthPrefixed(codec: 'h264' | 'h265', lengthBytes: 1 | 2 | 4): Payload {
  const isDelimiter = delimiterTest(codec);
  return (bytes) => {
    const nals = splitLengthPrefixed(bytes, lengthBytes);
    return nals.ok ? ok({ nals: nals.value.filter((nal) => !isDelimiter(nal)) }) : nals;
  };
}

/** NAL units behind start codes; their configuration comes with the keyframes. */
export function byteStream(codec: 'h264' | 'h265'): Payload {
  const isDelimiter = delimiterTest(codec);
  const configOf = codec === 'h264' ? h264ConfigIn : h265ConfigIn;
  let known: CodecConfig | undefined;
  return (bytes, key) => {
    const nals = splitAnnexB(bytes).filter((nal) => !isDelimiter(nal));
    const config = key ? configOf(nals) : undefined;
    if (!config || sameConfig(known, config)) return known ? ok({ nals }) : err('no parameter sets yet');
    known = config;
    return ok({ nals, config });
  };
}

/** One frame of AAC with the header of ADTS before it. */
export function adts(): Payload {
  let known: Uint8Array | undefined;
  return (bytes) => {
    const [frame] = splitAdts(bytes).frames;
    if (!frame) return err('no AAC frame');
    const nals = [frame.data];
    if (known && sameBytes(known, frame.audioSpecificConfig)) return ok({ nals });
    const parsed = parseAudioSpecificConfig(frame.audioSpecificConfig);
    if (!parsed.ok) return parsed;
    known = frame.audioSpecificConfig;
    return ok({ nals, config: parsed.value.config });
  };
}

/** The packet is the frame. */
export function whole(): Payload {
  return (bytes) => ok({ nals: bytes.length > 0 ? [bytes] : [] });
}

function delimiterTest(codec: 'h264' | 'h265'): (nal: Uint8Array) => boolean {
  return codec === 'h264'
    ? (nal) => h264.typeOf(nal) === h264.nalType.accessUnitDelimiter
    : (nal) => h265.typeOf(nal) === h265.nalType.accessUnitDelimiter;
}

function h264ConfigIn(nals: readonly Uint8Array[]): CodecConfig | undefined {
  const sps = nals.find((nal) => h264.typeOf(nal) === h264.nalType.sps);
  const pps = nals.filter((nal) => h264.typeOf(nal) === h264.nalType.pps);
  const config = sps && h264Config(sps, pps);
  return config?.ok ? config.value : undefined;
}

function h265ConfigIn(nals: readonly Uint8Array[]): CodecConfig | undefined {
  const vps = nals.find((nal) => h265.typeOf(nal) === h265.nalType.vps);
  const sps = nals.find((nal) => h265.typeOf(nal) === h265.nalType.sps);
  const pps = nals.filter((nal) => h265.typeOf(nal) === h265.nalType.pps);
  const config = vps && sps && h265Config({ vps, sps, pps });
  return config?.ok ? config.value : undefined;
}

function sameConfig(a: CodecConfig | undefined, b: CodecConfig): boolean {
  return a !== undefined && 'sps' in a && 'sps' in b && sameBytes(a.sps, b.sps);
}
