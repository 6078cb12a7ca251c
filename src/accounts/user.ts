/**
 * Somebody with an account: what is stored in, what the rules know out.
 */
import type { StoredUser } from '../database/users.ts';
import type { Grants, Principal, Right, Role } from './access.ts';
import { grantsOf, noGrants, permissionsOf, rights, roles } from './access.ts';

/** Never changed; a change makes another. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly passwordHash: string | null;
  /** `<issuer>|<subject>` of a login elsewhere. */
  readonly externalSubject: string | null;
  readonly role: Role;
  readonly grants: Grants;
  readonly disabled: boolean;
  readonly createdMs: number;
  readonly changedMs: number;
  readonly signedInMs: number | null;
}

/** Two names that read the same are the same name. */
export function nameKey(name: string): string {
  // Lower case may take letters apart again.
  return name.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
}

export function userFromStore(stored: StoredUser): User {
  const { nameKey: _, role, grants, ...same } = stored;
  return { ...same, role: roles.find((known) => known === role) ?? 'viewer', grants: parseGrants(grants) };
}

export function userForStore(user: User): StoredUser {
  return { ...user, nameKey: nameKey(user.name), grants: JSON.stringify(user.grants) };
}

/** @param sessionId the session it came with */
export function principalOf(user: User, sessionId?: string): Principal {
  return {
    kind: 'user',
    id: user.id,
    name: user.name,
    role: user.role,
    permissions: permissionsOf(user.role),
    grants: grantsOf(user.role, user.grants),
    ...(sessionId !== undefined && { sessionId }),
  };
}

/** Grants as they are stored, as JSON text. What is not understood grants nothing. */
export function parseGrants(text: string): Grants {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return noGrants;
    const cameras = isRecord(value['cameras']) ? Object.entries(value['cameras']) : [];
    return {
      every: knownRights(value['every']),
      cameras: Object.fromEntries(cameras.map(([id, held]) => [id, knownRights(held)])),
    };
  } catch {
    return noGrants;
  }
}

function knownRights(value: unknown): Right[] {
  return Array.isArray(value) ? rights.filter((right) => value.includes(right)) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
