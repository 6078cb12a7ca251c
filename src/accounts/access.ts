/**
 * Who may do what: pure rules, no I/O.
 *
 * In:  somebody (`Principal`), what an action needs (`Need`), a camera.
 * Out: yes or no.
 *
 * A permission says what kind of thing somebody may do at all; it comes from the role or the scopes of a key. A grant
 * says on which camera. Both are needed for everything that is about a camera. Whoever acts in another's name (a key, a
 * token, a link) never may more than that other may now.
 */

/** What one may do with a camera. */
export const rights = ['live', 'playback', 'export', 'ptz', 'settings', 'publish'] as const;
export type Right = (typeof rights)[number];

export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/**
 * - `media:read`: see cameras, pictures, footage, as far as granted.
 * - `media:write`: change cameras, record, hold footage, end viewers, as far as granted.
 * - `system:read`: storage, health and other facts about the whole server.
 * - `system:write`: cameras are added and deleted, people, keys, settings of the server, the audit log.
 * - `metrics:read`: the metrics.
 */
export const permissions = [
  'media:read',
  'media:write',
  'system:read',
  'system:write',
  'metrics:read',
] as const;
export type Permission = (typeof permissions)[number];

/** Rights on every camera, those to come included, and more on some. */
export interface Grants {
  readonly every: readonly Right[];
  readonly cameras: Readonly<Record<string, readonly Right[]>>;
}

export const noGrants: Grants = { every: [], cameras: {} };
const allGrants: Grants = { every: rights, cameras: {} };

/** Somebody who asks for something. */
export interface Principal {
  /** `local`: whoever sits at this machine, on a server without accounts. `system`: the server itself. */
  readonly kind: 'nobody' | 'local' | 'user' | 'key' | 'device' | 'token' | 'share' | 'system';
  /** Of the account, key, token or link; `local` and so on for those that have none. */
  readonly id: string;
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly grants: Grants;
  /** In whose name it acts. */
  readonly issuer?: Principal;
  /** Of a user: the session it came with. */
  readonly sessionId?: string;
  /** Of a user. */
  readonly role?: Role;
  /** Ends at this time by itself; Unix ms. */
  readonly expiresMs?: number;
  /** Of a share link: its camera, and what of it. */
  readonly share?: Share;
}

export interface Share {
  readonly cameraId: string;
  readonly live: boolean;
  /** Undefined: live only. */
  readonly range?: { readonly fromMs: number; readonly toMs: number };
}

/** What an action asks for. */
export interface Need {
  readonly permission: Permission;
  /** On the camera it is about; `any`: whoever has a right on it at all. */
  readonly right?: Right | 'any';
}

export const nobody: Principal = {
  kind: 'nobody',
  id: 'nobody',
  name: 'nobody',
  permissions: new Set(),
  grants: noGrants,
};

export const localOperator: Principal = everything('local', 'this machine');
export const systemPrincipal: Principal = everything('system', 'the server');

function everything(kind: 'local' | 'system', name: string): Principal {
  return { kind, id: kind, name, permissions: new Set(permissions), grants: allGrants };
}

const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(['media:read']),
  operator: new Set(['media:read', 'media:write', 'system:read']),
  admin: new Set(permissions),
};

export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return rolePermissions[role];
}

/** Administrators have every right on every camera. */
export function grantsOf(role: Role, grants: Grants): Grants {
  return role === 'admin' ? allGrants : grants;
}

/**
 * @param cameraId the camera it is about. Absent where `need` names a right: whether there is a camera, now or to come,
 *   that it may be done with; what it is done with is asked again.
 */
export function can(who: Principal, need: Need, cameraId?: string): boolean {
  if (!who.permissions.has(need.permission)) return false;
  if (need.right !== undefined && !hasRight(who.grants, need.right, cameraId)) return false;
  return who.issuer === undefined || can(who.issuer, need, cameraId);
}

/** What somebody may do with a camera, in the order of `rights`; for showing. */
export function rightsOn(who: Principal, cameraId: string): Right[] {
  const own = rights.filter((right) => hasRight(who.grants, right, cameraId));
  const issuer = who.issuer && new Set(rightsOn(who.issuer, cameraId));
  return issuer ? own.filter((right) => issuer.has(right)) : own;
}

/** Two answers are for the same eyes when these are equal: sessions of playback and other things with an owner. */
export function ownerOf(who: Principal): string {
  return who.issuer && who.kind !== 'share' ? ownerOf(who.issuer) : who.id;
}

function hasRight({ every, cameras }: Grants, right: Right | 'any', cameraId: string | undefined): boolean {
  const holds = (held: readonly Right[]): boolean =>
    right === 'any' ? held.length > 0 : held.includes(right);
  if (holds(every)) return true;
  if (cameraId === undefined) return Object.values(cameras).some(holds);
  return Object.hasOwn(cameras, cameraId) && holds(cameras[cameraId] ?? []);
}
