/**
 * ADTS, the framing of AAC in files and transport streams (ISO/IEC 14496-3, 1.A.2.2).
 * In: bytes that may be anything. Out: raw frames with their configuration; what does not fit is skipped and counted.
 */
import { aacRatesHz, writeAudioSpecificConfig } from './config.ts';

interface AdtsFrame {
  /** One raw_data_block, sharing the input's bytes. */
  readonly data: Uint8Array;
  readonly audioSpecificConfig: Uint8Array;
}

export interface AdtsSplit {
  readonly frames: readonly AdtsFrame[];
  /** Bytes that were used up; what follows is the beginning of a frame, or nothing. */
  readonly consumedBytes: number;
  /** Bytes among them that belong to no frame we can use. */
  readonly skippedBytes: number;
}

interface AdtsHeader {
  readonly headerBytes: number;
  readonly frameBytes: number;
  readonly audioSpecificConfig: Uint8Array;
}

const fixedHeaderBytes = 7;
const checksumBytes = 2;

/** Splits whole frames off the front of a stretch of ADTS. */
export function splitAdts(bytes: Uint8Array): AdtsSplit {
  const frames: AdtsFrame[] = [];
  let offset = 0;
  let skippedBytes = 0;
  while (offset + fixedHeaderBytes <= bytes.length) {
    const header = parseHeader(bytes, offset);
    if (!header) {
      offset += 1;
      skippedBytes += 1;
      continue;
    }
    const end = offset + header.frameBytes;
    if (end > bytes.length) break;
    const data = bytes.subarray(offset + header.headerBytes, end);
    frames.push({ data, audioSpecificConfig: header.audioSpecificConfig });
    offset = end;
  }
  return { frames, consumedBytes: offset, skippedBytes };
}

/** Undefined when it is no header, or one of a frame with several raw data blocks, which nobody sends. */
function parseHeader(bytes: Uint8Array, at: number): AdtsHeader | undefined {
  const byte = (index: number): number => bytes[at + index] ?? 0;
  const syncWord = (byte(0) << 4) | (byte(1) >> 4);
  const layer = (byte(1) >> 1) & 3;
  if (syncWord !== 0xfff || layer !== 0) return undefined;

  const sampleRateHz = aacRatesHz[(byte(2) >> 2) & 15];
  const channelConfiguration = ((byte(2) & 1) << 2) | (byte(3) >> 6);
  const frameBytes = ((byte(3) & 3) << 11) | (byte(4) << 3) | (byte(5) >> 5);
  const moreBlocks = byte(6) & 3;
  const protectionAbsent = byte(1) & 1;
  const headerBytes = fixedHeaderBytes + (protectionAbsent ? 0 : checksumBytes);
  if (!sampleRateHz || channelConfiguration === 0 || moreBlocks > 0 || frameBytes <= headerBytes)
    return undefined;
  const objectType = (byte(2) >> 6) + 1;
  return {
    headerBytes,
    frameBytes,
    audioSpecificConfig: writeAudioSpecificConfig({ objectType, sampleRateHz, channelConfiguration }),
  };
}
