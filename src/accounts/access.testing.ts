/**
 * For tests: somebody with a role and grants, who stands in no database.
 */
import type { Grants, Principal, Role } from './access.ts';
import { grantsOf, noGrants, permissionsOf } from './access.ts';

/** @param grants of an administrator they do not count */
export function somebody(role: Role, grants: Partial<Grants> = {}, id = `usr_${role}`): Principal {
  const all = { ...noGrants, ...grants };
  return {
    kind: 'user',
    id,
    name: role,
    role,
    permissions: permissionsOf(role),
    grants: grantsOf(role, all),
  };
}
