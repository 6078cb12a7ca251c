/**
 * Access units out of RTP payloads, the part that H.264 and H.265 share. The codec's own rules come as `NalCodec`.
 *
 * In:  packets of one stream in sequence order, each knowing how many were lost before it.
 * Out: whole access units, configuration changes, and a fault for each thing thrown away.
 *
 * An access unit ends at the marker or when the RTP time changes. Forgiven:
 * - a marker on parameter sets or SEI: a unit without a slice does not end there, whatever the time says next;
 * - a marker on every slice: noticed when a later slice of an ended picture comes, from then on only time counts;
 * - no marker at all, start codes inside payloads, empty NAL units, zeros after a NAL unit;
 * - no end bit on the last fragment: with nothing lost, the NAL unit ends where something else begins.
 * Two fields of one time are one access unit, as players and MP4 expect, whether or not the first has a marker.
 * Access unit delimiters, filler and end marks are left out; parameter sets stay in.
 *
 * After a loss the damaged picture is thrown away. With `continue` (the default) the pictures that refer to it are
 * delivered: decoders conceal, a watcher prefers a smeared second to a frozen one, and an archive must not grow a
 * hole of a whole GOP. `skip-to-key` throws them away as well, for readers that must not see damage.
 */
import type { ConfigChange, Depacketized, Depacketizer, OrderedPacket } from '../rtp/payload.ts';
import type { CodecConfig } from '../track.ts';
import type { NalFragment, NalPayload } from './nal-payload.ts';
import { hasStartCode, maxNalsPerUnit, splitAnnexB, trimTrailingZeros } from './nal-units.ts';
import { maxAccessUnitBytes, maxPacketsPerUnit } from './video-limits.ts';

export interface NalDepacketizerOptions {
  readonly afterLoss?: 'continue' | 'skip-to-key';
}

/** What a NAL unit is to its access unit. */
export type NalRole =
  | 'slice'
  | 'parameters'
  | 'before' // belongs to the next slice
  | 'after' // belongs to the slices before it
  | 'empty'; // carries nothing a decoder needs

/** What a codec keeps of its parameter sets. */
interface ParameterSets {
  /** The one in use. */
  readonly config: CodecConfig | undefined;
  /** A configuration came out of `use`. */
  readonly told: boolean;
  /** Returns why a bad set was not taken. */
  learn(parameterSet: Uint8Array): string | undefined;
  /** The configuration for a picture that uses this PPS, if it differs from the one told before. */
  use(ppsId: number | undefined): CodecConfig | undefined;
}

/** The rules of one codec. Takes any bytes, never throws. */
export interface NalCodec {
  readonly headerBytes: 1 | 2;
  readonly sets: ParameterSets;
  readPayload(payload: Uint8Array): NalPayload;
  role(nal: Uint8Array): NalRole;
  /** True for the first slice of a picture. */
  startsPicture(slice: Uint8Array): boolean;
  /** Of a slice; undefined for other NAL units, and for slices without. */
  ppsIdOf(nal: Uint8Array): number | undefined;
  /** True while these are one field of a picture and the other may follow. */
  awaitsField(nals: readonly Uint8Array[]): boolean;
  /** Called once for each whole access unit. */
  isKey(nals: readonly Uint8Array[]): boolean;
}

/** An access unit on its way. */
interface OpenUnit {
  time: number;
  readonly nals: Uint8Array[];
  bytes: number;
  packets: number;
  hasSlice: boolean;
  /** Packets before it were lost, so its first slices may be gone. */
  readonly afterLoss: boolean;
  /** Time of the picture that a marker ended before this one began. */
  readonly previousTime: number | undefined;
}

/** Where we are between two packets. */
type State =
  | { readonly kind: 'between'; readonly afterLoss: boolean; readonly endedTime: number | undefined }
  | { readonly kind: 'collecting'; readonly unit: OpenUnit }
  | InFragment
  | { readonly kind: 'skipping'; readonly time: number }; // until the time changes

interface InFragment {
  readonly kind: 'inFragment';
  readonly unit: OpenUnit;
  readonly header: number;
  readonly parts: Uint8Array[];
}

const nothing: readonly Depacketized[] = [];
/** We may join in the middle of a picture. */
const start: State = { kind: 'between', afterLoss: true, endedTime: undefined };

export class NalDepacketizer implements Depacketizer {
  readonly #codec: NalCodec;
  readonly #skipsToKey: boolean;
  #state: State = start;
  #markerEndsPicture = true;
  #referenceLost = false;
  #done: Depacketized[] = [];

  constructor(codec: NalCodec, options: NalDepacketizerOptions = {}) {
    this.#codec = codec;
    this.#skipsToKey = options.afterLoss === 'skip-to-key';
  }

  push(packet: OrderedPacket): readonly Depacketized[] {
    if (packet.lostBefore > 0) this.#onLoss(packet);
    this.#onTime(packet);
    if (this.#state.kind !== 'skipping') {
      this.#onPayload(packet);
      if (packet.marker) this.#onMarker(packet.sequence);
    }
    if (this.#done.length === 0) return nothing;
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /** The unit in hand, or the beginning of the next one, was lost. */
  #onLoss(packet: OrderedPacket): void {
    const state = this.#state;
    if (state.kind === 'skipping' && state.time === packet.time) return;
    this.#fault(`${packet.lostBefore} packets lost`, packet.sequence);
    this.#referenceLost = true;
    const cut =
      (state.kind === 'collecting' || state.kind === 'inFragment') && state.unit.time === packet.time;
    this.#state = cut
      ? { kind: 'skipping', time: packet.time }
      : { kind: 'between', afterLoss: true, endedTime: undefined };
  }

  /** Another time means another picture. */
  #onTime(packet: OrderedPacket): void {
    const state = this.#state;
    if (state.kind === 'between') return;
    if (state.kind === 'skipping') {
      if (state.time !== packet.time)
        this.#state = { kind: 'between', afterLoss: false, endedTime: undefined };
      return;
    }
    if (state.unit.time === packet.time) return;
    if (state.kind === 'inFragment' && !this.#endFragment(state, packet)) {
      this.#state = { kind: 'between', afterLoss: false, endedTime: undefined };
    } else if (state.unit.hasSlice) {
      this.#finish(state.unit, packet.sequence);
    } else {
      state.unit.time = packet.time; // parameter sets and SEI stamped apart from their picture
    }
  }

  #onPayload(packet: OrderedPacket): void {
    const payload = this.#codec.readPayload(packet.payload);
    switch (payload.kind) {
      case 'nals':
        this.#onNals(payload.nals, packet);
        return;
      case 'fragment':
        this.#onFragment(payload, packet);
        return;
      case 'ignored':
        this.#fault(payload.reason, packet.sequence);
        return;
      case 'broken':
        this.#giveUp(payload.reason, packet);
    }
  }

  #onMarker(sequence: number): void {
    const state = this.#state;
    if (state.kind !== 'collecting' || !state.unit.hasSlice || !this.#markerEndsPicture) return;
    if (this.#codec.awaitsField(state.unit.nals)) return;
    this.#finish(state.unit, sequence);
  }

  #onNals(nals: readonly Uint8Array[], packet: OrderedPacket): void {
    if (nals.length === 0) return;
    if (this.#state.kind === 'inFragment' && !this.#endFragment(this.#state, packet)) return;
    const unit = this.#openUnit(packet.time);
    if (!this.#countPacket(unit, packet)) return;
    for (const nal of nals) {
      if (!this.#addBytes(unit, nal, packet)) return;
    }
  }

  #onFragment(fragment: NalFragment, packet: OrderedPacket): void {
    if (fragment.first && this.#state.kind === 'inFragment' && !this.#endFragment(this.#state, packet))
      return;
    if (!fragment.first && this.#state.kind !== 'inFragment') {
      this.#giveUp('fragment without its beginning', packet);
      return;
    }
    const unit = this.#openUnit(packet.time);
    if (!this.#countPacket(unit, packet)) return;
    const begun: InFragment =
      this.#state.kind === 'inFragment'
        ? this.#state
        : { kind: 'inFragment', unit, header: fragment.header, parts: [] };
    this.#state = begun;
    begun.parts.push(fragment.part);
    if (fragment.last) this.#endFragment(begun, packet);
  }

  /** What came of it is the NAL unit. False when its picture was given up. */
  #endFragment({ unit, header, parts }: InFragment, packet: OrderedPacket): boolean {
    this.#state = { kind: 'collecting', unit };
    return this.#addBytes(unit, joinFragments(header, this.#codec.headerBytes, parts), packet);
  }

  #openUnit(time: number): OpenUnit {
    const state = this.#state;
    if (state.kind === 'collecting' || state.kind === 'inFragment') return state.unit;
    const afterLoss = state.kind === 'between' && state.afterLoss;
    const previousTime = state.kind === 'between' ? state.endedTime : undefined;
    const unit = { time, nals: [], bytes: 0, packets: 0, hasSlice: false, afterLoss, previousTime };
    this.#state = { kind: 'collecting', unit };
    return unit;
  }

  /** False when the unit was given up. */
  #countPacket(unit: OpenUnit, packet: OrderedPacket): boolean {
    unit.packets += 1;
    unit.bytes += packet.payload.length;
    if (unit.packets <= maxPacketsPerUnit && unit.bytes <= maxAccessUnitBytes) return true;
    this.#giveUp('access unit too large', packet);
    return false;
  }

  /** Mostly one NAL unit; some cameras put a byte stream there. False when the unit was given up. */
  #addBytes(unit: OpenUnit, bytes: Uint8Array, packet: OrderedPacket): boolean {
    if (!hasStartCode(bytes)) return this.#addNal(unit, trimTrailingZeros(bytes), packet);
    for (const nal of splitAnnexB(bytes)) {
      if (!this.#addNal(unit, nal, packet)) return false;
    }
    return true;
  }

  #addNal(unit: OpenUnit, nal: Uint8Array, packet: OrderedPacket): boolean {
    if (nal.length < this.#codec.headerBytes) return true;
    const role = this.#codec.role(nal);
    if (role === 'empty' || (role === 'after' && !unit.hasSlice)) return true;
    if (role === 'slice' && !unit.hasSlice && !this.#mayBegin(unit, nal, packet)) return false;
    if (unit.nals.length >= maxNalsPerUnit) {
      this.#giveUp('access unit of too many NAL units', packet);
      return false;
    }
    if (role === 'slice') unit.hasSlice = true;
    const bad = role === 'parameters' ? this.#codec.sets.learn(nal) : undefined;
    if (bad === undefined) unit.nals.push(nal);
    else this.#fault(bad, packet.sequence);
    return true;
  }

  /** Looks at the first slice of a unit whose beginning may be missing. */
  #mayBegin(unit: OpenUnit, slice: Uint8Array, packet: OrderedPacket): boolean {
    const continues = unit.previousTime === unit.time;
    if ((!unit.afterLoss && !continues) || this.#codec.startsPicture(slice)) return true;
    if (continues) this.#markerEndsPicture = false;
    this.#giveUp(continues ? 'marker inside a picture' : 'picture without its beginning', packet);
    return false;
  }

  #finish(unit: OpenUnit, sequence: number): void {
    this.#state = { kind: 'between', afterLoss: false, endedTime: unit.time };
    const key = this.#codec.isKey(unit.nals);
    const codec = this.#newConfig(unit.nals, key);
    if (codec) this.#done.push({ kind: 'config', codec } satisfies ConfigChange);
    if (key) this.#referenceLost = false;
    if (this.#codec.sets.config === undefined) this.#fault('picture before the parameter sets', sequence);
    else if (this.#referenceLost && this.#skipsToKey) this.#fault('picture refers to a lost one', sequence);
    else this.#done.push({ kind: 'frame', time: unit.time, key, nals: unit.nals });
  }

  /**
   * The configuration, if it is not the one told before. Once one was told, only keyframes bring news: nobody can
   * begin in between, and parameter sets that change there (some cameras alternate them) lie in-band.
   */
  #newConfig(nals: readonly Uint8Array[], key: boolean): CodecConfig | undefined {
    const { sets } = this.#codec;
    if (!key && sets.told) return undefined;
    for (const nal of nals) {
      const ppsId = this.#codec.ppsIdOf(nal);
      if (ppsId !== undefined) return sets.use(ppsId);
    }
    return sets.use(undefined);
  }

  /** Throws the picture away, with all that still comes of it. */
  #giveUp(reason: string, packet: OrderedPacket): void {
    this.#fault(reason, packet.sequence);
    this.#referenceLost = true;
    this.#state = { kind: 'skipping', time: packet.time };
  }

  #fault(reason: string, sequence: number): void {
    this.#done.push({ kind: 'fault', reason, sequence });
  }
}

/** The only copy of a fragmented NAL unit. */
function joinFragments(header: number, headerBytes: 1 | 2, parts: readonly Uint8Array[]): Uint8Array {
  let length = headerBytes;
  for (const part of parts) length += part.length;
  const nal = new Uint8Array(length);
  if (headerBytes === 2) nal[0] = header >> 8;
  nal[headerBytes - 1] = header & 255;
  let at: number = headerBytes;
  for (const part of parts) {
    nal.set(part, at);
    at += part.length;
  }
  return nal;
}
