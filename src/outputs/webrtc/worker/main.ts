/**
 * The WebRTC worker's program: native code that strangers talk to runs here, so that a crash or a hang costs one
 * restart. Started by `worker.ts`; opens and closes connections as told, and sends streams to viewers.
 */
import { systemClock } from '../../../io/clock.ts';
import { connectToParent } from '../../../io/worker/parent.ts';
import { makeCertificate } from './certificate.ts';
import { Connections } from './connections.ts';
import { freeUdpPort } from './free-port.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { decodePacket, decodeUnit, encodePacket, packetMessage, unitMessage } from './protocol.ts';
import type { NativeLibrary } from './transport.ts';

const tickMs = 1000;

let connections: Connections | undefined;
/** Holds the port while nobody is connected; it would be closed with its last reference. */
let listener: InstanceType<NativeLibrary['IceUdpMuxListener']> | undefined;

const parent = connectToParent({ json: (message) => obey(message as ToWorker), message: take });
const library = await loadNativeCode();

async function loadNativeCode(): Promise<NativeLibrary | undefined> {
  try {
    const loaded = await import('node-datachannel');
    // Errors are mostly of strangers who fail to connect. Without a callback it throws.
    loaded.initLogger('Fatal', (_level, text) => process.stderr.write(`${text}\n`));
    tell({ type: 'ready' });
    return loaded;
  } catch (error) {
    tell({ type: 'unavailable', reason: describe(error) });
    return undefined;
  }
}

function obey(message: ToWorker): void {
  if (message.type === 'listen') void listen(message.address, message.port);
  else connections?.obey(message);
}

async function listen(address: string, wanted: number): Promise<void> {
  if (!library || connections) return;
  try {
    const port = wanted === 0 ? await freeUdpPort(address) : wanted;
    listener = new library.IceUdpMuxListener(port, address);
    connections = new Connections({
      library,
      certificate: makeCertificate(Date.now()),
      address,
      port: listener.port(),
      clock: systemClock,
      tell,
      packet: (connection, bytes) => void parent.send(packetMessage, encodePacket(connection, bytes)),
    });
    const { tick } = connections;
    setInterval(tick, tickMs);
    tell({ type: 'listening', port: listener.port() });
  } catch (error) {
    tell({ type: 'deaf', reason: describe(error) });
  }
}

function take(kind: number, payload: Uint8Array): void {
  if (kind === unitMessage) connections?.unit(decodeUnit(payload));
  const packet = kind === packetMessage ? decodePacket(payload) : undefined;
  if (packet) connections?.packet(packet.connection, packet.packet);
}

function tell(message: FromWorker): void {
  parent.sendJson(message);
}

function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
