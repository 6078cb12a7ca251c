/**
 * What the API knows of keys, tokens, devices and links, and how it shows them.
 */
import type { FastifyReply } from 'fastify';
import type { Grants, Principal } from '../accounts/access.ts';
import type { ApiKeyEntry } from '../accounts/api-keys.ts';
import type { DeviceEntry } from '../accounts/devices.ts';
import type { Machines } from '../accounts/machines.ts';
import type { ShareEntry } from '../accounts/share-links.ts';
import { grantsAnswer } from './account-answers.ts';
import type { ApiKey, DeviceAccount, ShareLink } from './contract/accounts.ts';
import { allowed } from './policy.ts';
import { problem, sendProblem } from './problems.ts';

export interface MachinesApi extends Machines {
  /** Of a user, for people. */
  readonly userName: (id: string) => string;
}

/** Whose things `who` sees and deletes: its own; undefined: everybody's. */
export function whoseThings(who: Principal): string | undefined {
  return allowed(who, 'user.list') ? undefined : who.id;
}

export function keyAnswer({ userName }: MachinesApi, { scopes, grants, ...entry }: ApiKeyEntry): ApiKey {
  return { ...entry, userName: userName(entry.userId), scopes: [...scopes], grants: orNull(grants) };
}

export function deviceAnswer({ grants, ...entry }: DeviceEntry): DeviceAccount {
  return { ...entry, grants: grantsAnswer(grants) };
}

export function shareAnswer({ userName }: MachinesApi, entry: ShareEntry): ShareLink {
  return { ...entry, userName: userName(entry.userId) };
}

/** @param things for example "keys" */
export function refuseTooMany(reply: FastifyReply, things: string): FastifyReply {
  const detail = `There are as many ${things} as can be. Delete some first.`;
  return sendProblem(reply, problem(409, 'too-many', detail));
}

export const noSuchThing = problem(404, 'not-found', 'There is no such thing, or it is not yours.');

function orNull(grants: Grants | null) {
  return grants && grantsAnswer(grants);
}
