/**
 * A UDP port that nobody uses: the library cannot choose one itself.
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Somebody else may take it before it is used; then listening fails and says so. */
export async function freeUdpPort(address: string): Promise<number> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((bound, failed) => {
      socket.once('error', failed);
      socket.bind(0, address, bound);
    });
    return socket.address().port;
  } finally {
    socket.close();
  }
}
