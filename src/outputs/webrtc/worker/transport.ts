/**
 * ICE, DTLS and SRTP of one connection, by node-datachannel used as a pipe: one native track that carries every packet.
 *
 * In:  four checked values of the far side, packets to send. Out: our own values for the answer, packets that came,
 * and one `gone`. What the far side wrote never reaches the library: it gets an offer of our own making.
 *
 * Traps of the library that this file keeps away from: an exception inside of a callback ends the process; with two
 * tracks a damaged RTCP packet hangs it; `cleanup` crashes; a track that nobody refers to is closed.
 */
import type * as Library from 'node-datachannel';
import type { Certificate } from './certificate.ts';
import type { LocalTransport, RemoteTransport } from './protocol.ts';

export type NativeLibrary = typeof Library;

export interface TransportOptions {
  readonly library: NativeLibrary;
  readonly certificate: Certificate;
  readonly address: string;
  /** Of the socket that all connections share. */
  readonly port: number;
  readonly remote: RemoteTransport;
  /** Whether media goes to the far side or comes from it. */
  readonly direction: 'out' | 'in';
}

export interface TransportHooks {
  /** Within milliseconds, later than the constructor. */
  answer(local: LocalTransport): void;
  connected(): void;
  /** An RTP or RTCP packet, decrypted. Its bytes are the receiver's. */
  packet(bytes: Buffer): void;
  /** Exactly once unless `close` was called; nothing follows. */
  gone(reason: string): void;
}

/** Any that RTCP does not use: what the library takes for its own codec does not matter to a pipe. */
const pipePayloadType = 96;

export class Transport {
  readonly #hooks: TransportHooks;
  readonly #peer: Library.PeerConnection;
  readonly #track: Library.Track;
  #open = true;
  #connected = false;

  /** Throws when the library refuses: then nothing is left behind. */
  constructor(options: TransportOptions, hooks: TransportHooks) {
    const { library, certificate, address, port, remote, direction } = options;
    this.#hooks = hooks;
    this.#peer = new library.PeerConnection('peer', {
      iceServers: [],
      bindAddress: address,
      enableIceUdpMux: true,
      portRangeBegin: port,
      portRangeEnd: port,
      certificatePemFile: certificate.certificate,
      keyPemFile: certificate.key,
    });
    const media = new library.Video('0', direction === 'out' ? 'SendOnly' : 'RecvOnly');
    media.addVideoCodec(pipePayloadType, 'H264');
    this.#track = this.#peer.addTrack(media);
    this.#track.onMessage((bytes) => this.#safely(() => this.#hooks.packet(bytes)));
    this.#track.onOpen(() => this.#safely(() => this.#opened()));
    this.#peer.onStateChange((state) => this.#safely(() => this.#changed(state)));
    this.#peer.onGatheringStateChange((state) => this.#safely(() => this.#gathered(state)));
    try {
      // It answers by itself; `setLocalDescription` may end the process.
      this.#peer.setRemoteDescription(pipeOffer(remote, direction), 'offer');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get connected(): boolean {
    return this.#open && this.#connected;
  }

  /** False when it was not sent: the socket is full, or there is no connection. The bytes may be used again at once. */
  send(packet: Buffer): boolean {
    if (!this.#open || !this.#connected) return false;
    try {
      return this.#track.sendMessageBinary(packet);
    } catch {
      // SRTP refuses what is too old.
      return false;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    // Both, or native memory is lost.
    quietly(() => this.#track.close());
    quietly(() => this.#peer.close());
  }

  #opened(): void {
    if (this.#connected) return;
    this.#connected = true;
    this.#hooks.connected();
  }

  #changed(state: string): void {
    if (state === 'connected' && this.#track.isOpen()) this.#opened();
    if (state === 'connected' || state === 'connecting' || state === 'new') return;
    this.#end(this.#connected ? 'The connection was closed.' : 'No connection came to be.');
  }

  #gathered(state: string): void {
    if (state !== 'complete') return;
    const local = readLocal(this.#peer.localDescription()?.sdp ?? '');
    if (local) this.#hooks.answer(local);
    else this.#end('The library gave no usable answer.');
  }

  #end(reason: string): void {
    this.close();
    this.#hooks.gone(reason);
  }

  /** Callbacks come late, too: after the end nobody wants them. */
  #safely(run: () => void): void {
    if (!this.#open) return;
    try {
      run();
    } catch (error) {
      process.stderr.write(`A connection failed: ${String(error)}\n`);
      this.close();
      quietly(() => this.#hooks.gone('A mistake of ours; the log says more.'));
    }
  }
}

function quietly(run: () => void): void {
  try {
    run();
  } catch (error) {
    process.stderr.write(`Closing failed: ${String(error)}\n`);
  }
}

/** As small as the library takes it, and the same for everybody but for the four values. */
function pipeOffer(remote: RemoteTransport, direction: 'out' | 'in'): string {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    `m=video 9 UDP/TLS/RTP/SAVPF ${pipePayloadType}`,
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    direction === 'out' ? 'a=recvonly' : 'a=sendonly',
    'a=rtcp-mux',
    `a=rtpmap:${pipePayloadType} H264/90000`,
    `a=ice-ufrag:${remote.iceUfrag}`,
    `a=ice-pwd:${remote.icePwd}`,
    `a=fingerprint:sha-256 ${remote.fingerprint}`,
    `a=setup:${remote.setup}`,
    '',
  ].join('\r\n');
}

function readLocal(sdp: string): LocalTransport | undefined {
  const value = (name: string): string => new RegExp(`^a=${name}:(.*)$`, 'm').exec(sdp)?.[1]?.trim() ?? '';
  const fingerprint = /^sha-256 (.+)$/.exec(value('fingerprint'))?.[1] ?? '';
  const setup = value('setup');
  const candidates = Array.from(sdp.matchAll(/^a=candidate:(.*)$/gm), ([, text = '']) => text.trim());
  if (fingerprint === '' || candidates.length === 0 || (setup !== 'active' && setup !== 'passive')) {
    return undefined;
  }
  return { iceUfrag: value('ice-ufrag'), icePwd: value('ice-pwd'), fingerprint, setup, candidates };
}
