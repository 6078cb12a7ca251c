/**
 * RTP packets of one connection: header, header extensions and payload into one buffer, and out.
 *
 * Hot: called for each packet and viewer. All connections write into the same buffer, since sending copies it.
 */
import { putUint16, putUint32 } from '../../../media/rtp/bytes.ts';
import { rtpHeaderBytes } from '../../../media/rtp/packet.ts';

/** With the longest extension and SRTP it stays below what every way carries (1280, RFC 8200, 5). */
export const maxPayloadBytes = 1180;
/** Two kinds of extension, four bytes of their own head. */
const maxExtensionBytes = 16;

const scratch = Buffer.alloc(rtpHeaderBytes + maxExtensionBytes + maxPayloadBytes);
/** Views of the buffer by length: making one for each packet costs more than filling it. */
const views: (Buffer | undefined)[] = [];

function view(length: number): Buffer {
  return (views[length] ??= scratch.subarray(0, length));
}

export interface Extensions {
  /** RFC 8285, 4.2: 1 to 14. */
  readonly transportSequenceId?: number | undefined;
  readonly playoutDelayId?: number | undefined;
}

export class PacketWriter {
  readonly #send: (packet: Buffer) => boolean;
  /** The extension as it stands in each packet; the transport's sequence number is filled in. */
  readonly #extension: Uint8Array;
  readonly #sequenceAt: number;
  #transportSequence = 0;

  constructor(send: (packet: Buffer) => boolean, extensions: Extensions) {
    this.#send = send;
    this.#extension = extensionBytes(extensions);
    this.#sequenceAt = extensions.transportSequenceId === undefined ? -1 : rtpHeaderBytes + 5;
  }

  /** Number of the packet that is written next, 16 bits: one count for all lanes and for what is sent again. */
  get transportSequence(): number {
    return this.#transportSequence;
  }

  /** @param marked payload type with the marker bit. @returns bytes sent; 0 when it was refused. */
  write(marked: number, sequence: number, time: number, ssrc: number, payload: Uint8Array): number {
    const extension = this.#extension;
    scratch[0] = extension.length > 0 ? 0x90 : 0x80;
    scratch[1] = marked;
    putUint16(scratch, 2, sequence);
    putUint32(scratch, 4, time >>> 0);
    putUint32(scratch, 8, ssrc);
    scratch.set(extension, rtpHeaderBytes);
    if (this.#sequenceAt >= 0) {
      putUint16(scratch, this.#sequenceAt, this.#transportSequence);
      this.#transportSequence = (this.#transportSequence + 1) & 0xffff;
    }
    const start = rtpHeaderBytes + extension.length;
    const length = start + payload.length;
    if (length > scratch.length) return 0;
    scratch.set(payload, start);
    return this.#send(view(length)) ? length : 0;
  }
}

/**
 * One-byte headers (RFC 8285, 4.2): transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions),
 * and a playout delay of zero: nothing is held back for the sake of smoothness.
 */
function extensionBytes({ transportSequenceId, playoutDelayId }: Extensions): Uint8Array {
  const elements: number[] = [];
  if (transportSequenceId !== undefined) elements.push((transportSequenceId << 4) | 1, 0, 0);
  if (playoutDelayId !== undefined) elements.push((playoutDelayId << 4) | 2, 0, 0, 0);
  if (elements.length === 0) return new Uint8Array();
  while (elements.length % 4 !== 0) elements.push(0);
  return Uint8Array.of(0xbe, 0xde, 0, elements.length / 4, ...elements);
}
