/**
 * Everybody who asks: nobody in several disguises, each role without and with each right, keys, tokens and links. What
 * each may is reckoned here from what it was given, without asking the policy.
 */
import type { Permission, Right, Role } from '../../src/accounts/access.ts';
import type { Credentials, Rig } from './rig.ts';
import type { Rule } from './table.ts';

type Camera = 'one' | 'other';

export interface Asker {
  readonly name: string;
  readonly kind: 'nobody' | 'user' | 'key' | 'token' | 'link';
  readonly scopes: readonly Permission[];
  readonly every: readonly Right[];
  readonly on: Readonly<Record<Camera, readonly Right[]>>;
  /** Shown at each request; a session that was ended is begun anew. */
  readonly credentials: () => Promise<Credentials>;
}

const allRights: readonly Right[] = ['live', 'playback', 'export', 'ptz', 'settings', 'publish'];
const scopesOf: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['media:read'],
  operator: ['media:read', 'media:write', 'system:read'],
  admin: ['media:read', 'media:write', 'system:read', 'system:write', 'metrics:read'],
};

/** @param camera the one it is about; absent: whether there is any */
export function mayBy(rule: Rule, asker: Asker, camera?: Camera): boolean {
  if (rule.who === 'anybody') return true;
  if (!isOfKind(rule, asker)) return false;
  if (rule.who !== 'scope') return true;
  if (rule.scope && !asker.scopes.includes(rule.scope)) return false;
  if (rule.also && !holds(asker, rule.also, { ...rule, camera })) return false;
  return rule.right === undefined || holds(asker, rule.right, { ...rule, camera });
}

function isOfKind({ who, tokens, links, notKeys }: Rule, { kind }: Asker): boolean {
  const isMeant = {
    nobody: false,
    user: true,
    key: who !== 'person' && !notKeys,
    token: tokens === true,
    link: links === true,
  };
  return isMeant[kind];
}

function holds(
  { every, on }: Asker,
  right: Right | 'any',
  { everywhere, camera }: { readonly everywhere?: true; readonly camera: Camera | undefined },
): boolean {
  const has = (held: readonly Right[]): boolean => (right === 'any' ? held.length > 0 : held.includes(right));
  if (has(every) || everywhere) return has(every);
  return camera ? has(on[camera]) : has(on.one) || has(on.other);
}

/** Whether it is told that there is such a camera. */
export function sees(asker: Asker, camera: Camera): boolean {
  return mayBy({ who: 'scope', scope: 'media:read', right: 'any' }, asker, camera);
}

export interface Askers {
  readonly nobodies: readonly Asker[];
  /** Worth asking everywhere. */
  readonly always: readonly Asker[];
  /** With exactly this right on the one camera, and with every other. */
  withAndWithout(right: Right): readonly Asker[];
}

export async function makeAskers(rig: Rig): Promise<Askers> {
  const user = async (
    role: Role,
    name: string,
    rights: Partial<Pick<Asker, 'every'> & Asker['on']>,
  ): Promise<Asker> => {
    const { one = [], other = [], every = role === 'admin' ? allRights : [] } = rights;
    const id = await rig.user(role, { [rig.one]: one, [rig.other]: other }, every);
    const { credentials } = remembered(rig, () => rig.signIn(id));
    return {
      name: `${role} ${name}`,
      kind: 'user',
      scopes: scopesOf[role],
      every,
      on: { one, other },
      credentials,
    };
  };
  const byRight = new Map<Right, readonly Asker[]>();
  for (const right of allRights) {
    const rest = allRights.filter((one) => one !== right);
    byRight.set(right, [
      await user('viewer', `with ${right}`, { one: [right] }),
      await user('viewer', `with all but ${right}`, { one: rest }),
      await user('operator', `with ${right}`, { one: [right] }),
      await user('operator', `with all but ${right}`, { one: rest }),
    ]);
  }
  const people = [
    await user('viewer', 'without grants', {}),
    await user('viewer', 'of the other camera', { other: allRights }),
    await user('viewer', 'of every camera', { every: allRights }),
    await user('operator', 'without grants', {}),
    await user('operator', 'of the other camera', { other: allRights }),
    await user('admin', '', {}),
  ];
  return {
    nobodies: await nobodies(rig),
    always: [...people, ...(await machines(rig))],
    withAndWithout: (right) => byRight.get(right) ?? [],
  };
}

async function machines(rig: Rig): Promise<readonly Asker[]> {
  const admin = await rig.user('admin');
  const issuer = await rig.user('viewer', { [rig.one]: ['live', 'playback', 'export'] });
  const every = allRights;
  const nowhere = { one: [], other: [] };
  const made = (asker: Omit<Asker, 'credentials'>, credentials: Credentials): Asker => ({
    ...asker,
    credentials: async () => credentials,
  });
  const key = async (name: string, scopes: readonly Permission[]): Promise<Asker> =>
    made({ name, kind: 'key', scopes, every, on: nowhere }, await rig.key(admin, scopes));
  const limited = { one: [], other: allRights };
  const viewer = { scopes: scopesOf.viewer, every: [] };
  return [
    await key('key for everything', scopesOf.admin),
    await key('key for reading', ['media:read']),
    await key('key for metrics', ['metrics:read']),
    made(
      { name: 'key of the other camera', kind: 'key', scopes: scopesOf.admin, every: [], on: limited },
      await rig.key(admin, scopesOf.admin, [rig.other]),
    ),
    made(
      { ...viewer, name: 'token to watch', kind: 'token', on: { one: ['live'], other: [] } },
      await rig.token(issuer, rig.one, 'live'),
    ),
    made(
      { ...viewer, name: 'token to replay', kind: 'token', on: { one: ['playback'], other: [] } },
      await rig.token(issuer, rig.one, 'playback'),
    ),
    made(
      { ...viewer, name: 'link', kind: 'link', on: { one: ['live', 'playback'], other: [] } },
      await rig.share(issuer, rig.one),
    ),
  ];
}

async function nobodies(rig: Rig): Promise<readonly Asker[]> {
  const admin = await rig.user('admin');
  const ended = await rig.signIn(admin);
  await rig.accounts.endSessions(admin);
  const left = await rig.user('admin');
  const keyOfLeft = await rig.key(left, scopesOf.admin);
  await rig.accounts.delete(left, 'usr_heir');
  const disguises: Readonly<Record<string, Credentials>> = {
    nobody: { host: 'localhost' },
    'session that was ended': ended,
    'token that is over': await rig.token(admin, rig.one, 'live', -60),
    'key of somebody who left': keyOfLeft,
    'made-up key': { host: 'localhost', authorization: `Bearer sl_${'a'.repeat(16)}_${'a'.repeat(43)}` },
  };
  return Object.entries(disguises).map(([name, headers]) => ({
    name,
    kind: 'nobody',
    scopes: [],
    every: [],
    on: { one: [], other: [] },
    credentials: async () => headers,
  }));
}

function remembered(rig: Rig, signIn: () => Promise<Credentials>) {
  let known: Credentials | undefined;
  const credentials = async (): Promise<Credentials> => {
    const [, secret = ''] = /=(.+)$/.exec(known?.['cookie'] ?? '') ?? [];
    if (!known || !rig.accounts.principalOfSession(secret)) known = await signIn();
    return known;
  };
  return { credentials };
}
