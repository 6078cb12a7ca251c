/**
 * The search for cameras of the running server.
 */
import { networkInterfaces } from 'node:os';
import type { AskParts } from './ask-device.ts';
import { Finder } from './finder.ts';
import type { OwnNetwork } from './networks.ts';
import { ownNetworks } from './networks.ts';

/** @param started ends it with the server */
export function startFinder(
  { clock, policy, random }: AskParts,
  started: { add(stop: () => void): void },
): Finder {
  const finder = new Finder({ clock, policy, random, networks });
  started.add(() => finder.close());
  return finder;
}

function networks(): OwnNetwork[] {
  return ownNetworks(networkInterfaces());
}
