/**
 * Everything that acts without a person in front of it: API keys, media tokens, device accounts, share links.
 *
 * In:  people (`Accounts`), whose rights bound what they made. Out: the four, each knowing who it acts for *now*.
 */
import type { SecretBox } from '../io/secret-box.ts';
import type { Principal } from './access.ts';
import { localOperator } from './access.ts';
import type { Accounts } from './accounts.ts';
import type { MachineParts } from './api-keys.ts';
import { ApiKeys } from './api-keys.ts';
import type { DeclaredDevice } from './devices.ts';
import { Devices } from './devices.ts';
import type { Issuers } from './issuers.ts';
import { MediaTokens } from './media-tokens.ts';
import { ShareLinks } from './share-links.ts';

export interface Machines {
  readonly keys: ApiKeys;
  readonly tokens: MediaTokens;
  readonly devices: Devices;
  readonly shares: ShareLinks;
}

/** What of `Accounts` is needed. */
type People = Pick<Accounts, 'principal' | 'refreshWith' | 'onChange' | 'changed' | 'user'>;

export interface MachineOwners {
  /** Absent on a server without accounts: then all is made by, and acts for, whoever sits there. */
  readonly people: People | undefined;
  /** Device accounts of the configuration file. */
  readonly declaredDevices: readonly DeclaredDevice[];
}

export async function openMachines(
  given: Omit<MachineParts, 'changed'> & { readonly box: SecretBox },
  { people, declaredDevices }: MachineOwners,
): Promise<Machines> {
  const parts = { ...given, changed: () => people?.changed() };
  const users: Issuers = { principalOf: (id) => userOf(people, id) };
  const keys = await ApiKeys.open(parts, users);
  const shares = await ShareLinks.open(parts, users);
  const issuers: Issuers = {
    principalOf: (id) => {
      if (id.startsWith('key_')) return keys.principalOf(id);
      return id.startsWith('shr_') ? shares.principalOf(id) : users.principalOf(id);
    },
  };
  const tokens = await MediaTokens.open(parts, issuers);
  const devices = await Devices.open(parts, declaredDevices);
  if (people) {
    people.refreshWith('key', ({ id }) => keys.principalOf(id));
    people.refreshWith('share', ({ id }) => shares.principalOf(id));
    people.refreshWith('device', ({ id }) => devices.principalOf(id));
    people.refreshWith('token', (token) => refreshedToken(token, issuers, parts.clock.nowMs()));
    people.onChange(() => {
      for (const made of [keys, shares]) made.forgetUsers((id) => people.user(id) === undefined);
    });
  }
  return { keys, tokens, devices, shares };
}

function userOf(people: People | undefined, id: string): Principal | undefined {
  if (people) return people.principal(id);
  return id === localOperator.id ? localOperator : undefined;
}

/** Tokens stand nowhere: what one grants does not change, but whom it acts for may. */
function refreshedToken(token: Principal, issuers: Issuers, nowMs: number): Principal | undefined {
  const isOver = token.expiresMs !== undefined && token.expiresMs <= nowMs;
  const issuer = isOver || !token.issuer ? undefined : issuers.principalOf(token.issuer.id);
  return issuer && { ...token, issuer };
}
