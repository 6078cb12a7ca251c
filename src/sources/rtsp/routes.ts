/**
 * How the packets of one track come: what we ask for in SETUP, and what the camera makes of it (RFC 2326, 12.39).
 */
import type { PortPair } from '../../media/rtsp/headers.ts';
import { parseTransports, writeTransport } from '../../media/rtsp/headers.ts';

export type Route =
  | { readonly kind: 'tcp'; readonly channels: PortPair }
  /** `cameraPorts` is where our reports go, if the camera said. */
  | { readonly kind: 'udp'; readonly ports: PortPair; readonly cameraPorts: PortPair | undefined };

/** What we ask for; `index` counts the tracks from 0. */
export function wantedRoute(index: number, udpPorts: PortPair | undefined): Route {
  if (udpPorts) return { kind: 'udp', ports: udpPorts, cameraPorts: undefined };
  return { kind: 'tcp', channels: [2 * index, 2 * index + 1] };
}

/** As the value of Transport. */
export function writeRoute(route: Route): string {
  return route.kind === 'udp'
    ? writeTransport({ lower: 'udp', clientPort: route.ports })
    : writeTransport({ lower: 'tcp', interleaved: route.channels });
}

/**
 * What was agreed: the camera has the last word on channels; what it leaves out is as asked.
 * Undefined when it chose another kind than we can take.
 */
export function agreedRoute(wanted: Route, answer: string): Route | undefined {
  const [transport] = parseTransports(answer);
  if (!transport) return wanted;
  if (transport.lower !== wanted.kind || transport.multicast) return undefined;
  return wanted.kind === 'tcp'
    ? { kind: 'tcp', channels: transport.interleaved ?? wanted.channels }
    : { ...wanted, cameraPorts: transport.serverPort };
}
