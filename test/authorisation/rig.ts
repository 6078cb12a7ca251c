/**
 * For tests of who may do what: the API with every part it can have, real accounts, and people, keys, tokens and links
 * that come with real credentials. Two cameras, switched off so that nothing is waited for, with footage of both.
 */
import { testArchive } from '../../src/archive/archive.testing.ts';
import { ThumbPacks } from '../../src/archive/thumb-packs.ts';
import type { Permission, Principal, Right, Role } from '../../src/accounts/access.ts';
import { Accounts } from '../../src/accounts/accounts.ts';
import { AuditLog } from '../../src/accounts/audit.ts';
import type { Machines } from '../../src/accounts/machines.ts';
import { openMachines } from '../../src/accounts/machines.ts';
import { Oidc } from '../../src/accounts/oidc.ts';
import type { OidcOptions } from '../../src/accounts/options.ts';
import { SignIn } from '../../src/accounts/sign-in.ts';
import { authenticateBy, cookieWay } from '../../src/api/authenticate.ts';
import { cameraCreateSchema } from '../../src/api/contract/cameras.ts';
import { machineWay, orShare } from '../../src/api/machine-ways.ts';
import type { CameraFinder } from '../../src/api/routes/camera-scan.ts';
import type { WebRtcApi } from '../../src/api/routes/webrtc.ts';
import type { ApiParts } from '../../src/api/server.ts';
import type { MadeFirst, TestApi } from '../../src/api/testing.ts';
import { startTestApi } from '../../src/api/testing.ts';
import { startClips } from '../../src/app/clips.ts';
import type { TestHealth } from '../../src/app/health/health.testing.ts';
import { testHealth } from '../../src/app/health/health.testing.ts';
import { makeLiveOutput } from '../../src/app/live.ts';
import type { CameraId } from '../../src/base/ids.ts';
import { cameraId, namedId } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import { err, ok } from '../../src/base/result.ts';
import { plainEnvelopes } from '../../src/archive/envelope.ts';
import { systemClock } from '../../src/io/clock.ts';
import { systemRandom } from '../../src/io/random.ts';
import { filmTracks, recordStory } from '../../src/playback/films.testing.ts';
import { testExports, testKeepMs } from '../../src/playback/export/exports.testing.ts';
import type { Exports } from '../../src/playback/export/exports.ts';
import { Frames } from '../../src/playback/frames.ts';
import { PlaybackSessions } from '../../src/playback/sessions.ts';
import { storedTables } from '../../src/playback/stored-tables.ts';
import { settingsSchema } from '../../src/settings/schema.ts';

/** Credentials of somebody, as headers. */
export type Credentials = Readonly<Record<string, string>>;

export interface Rig extends TestApi {
  readonly accounts: Accounts;
  readonly machines: Machines;
  readonly exports: Exports;
  /** Two cameras with footage, and the id of none. */
  readonly one: CameraId;
  readonly other: CameraId;
  readonly none: CameraId;
  /** Footage of both begins here; ten seconds. Unix ms. */
  readonly footageMs: number;
  /** Makes a user. @returns its id */
  user(
    role: Role,
    grants?: Readonly<Record<string, readonly Right[]>>,
    every?: readonly Right[],
  ): Promise<string>;
  /** Of a session that begins now. */
  signIn(userId: string): Promise<Credentials>;
  /** Of an API key that begins now. @param only cameras it is limited to */
  key(userId: string, scopes: readonly Permission[], only?: readonly string[]): Promise<Credentials>;
  /** Of a media token. @param lastsSeconds below zero: it is over */
  token(
    userId: string,
    camera: string,
    action: 'live' | 'playback',
    lastsSeconds?: number,
  ): Promise<Credentials>;
  /** Of a link to a camera, live, and to its footage. */
  share(userId: string, camera: string): Promise<Credentials>;
  principal(userId: string): Principal;
}

const footageMs = Date.parse('2026-03-01T06:00:00Z');

export async function startRig(): Promise<Rig> {
  const stored = await testArchive();
  const { archive, database: recorded } = stored;
  const tables = storedTables(recorded.queries);
  const playback = new PlaybackSessions({ archive, tables, clock: systemClock, newId: newSessionId });
  const exports = await testExports(stored);
  const packs = new ThumbPacks({
    queries: recorded.queries,
    blobs: archive.blobs,
    clock: systemClock,
    log: silentLog,
  });
  const frames = new Frames(archive, async () => err({ kind: 'unavailable', message: 'Not here.' }));
  const core = { archive, clock: systemClock, log: silentLog, random: systemRandom, database: recorded };
  const clips = await startClips({ ...core, envelopes: plainEnvelopes }, settingsSchema.parse({}));
  let people: People | undefined;
  let health: TestHealth | undefined;
  const api = await startTestApi({
    more: async (made) => {
      people = await startPeople(made);
      health = await testHealth(made);
      const { cameras, clock, runtime } = made;
      const history = { queries: recorded.queries, clock, written: async () => undefined };
      const live = makeLiveOutput({ clock, hub: runtime.hub, cameras, pictures: undefined });
      const shown = { playback, exports: { exports, keepMs: testKeepMs }, scrub: { frames, packs } };
      return {
        ...people.parts,
        ...shown,
        history,
        live,
        clips: clips.api,
        webrtc: new HandWebRtc(),
        testStorage: { volumes: async () => [], folder: async (path) => ({ ...untried, path }) },
        finder: noCameras,
        health: health.health,
      } satisfies Partial<ApiParts>;
    },
  });
  if (!people) throw new Error('there are no accounts');
  const { accounts, machines, audit } = people;
  await accounts.createFirst('first', 'x');
  const [one, other] = [await addCamera(api, 'One'), await addCamera(api, 'Other')];
  for (const id of [one, other]) {
    await recordStory(archive, { cameraId: id, tracks: filmTracks('h264'), startMs: footageMs, seconds: 10 });
  }
  const close = async (): Promise<void> => {
    await health?.close();
    await api.close();
    accounts.close();
    await audit.close();
    await clips.close();
    playback.close();
    await exports.close();
    await packs.close();
    await stored.end();
  };
  const fixed = { one, other, none: cameraId(new Uint8Array(16).fill(9)), footageMs };
  return { ...api, accounts, machines, exports, ...fixed, ...credentials(accounts, machines), close };
}

/** Who may search is asked here, not what is found. */
const noCameras: CameraFinder = {
  scan: () => noCameras.state(),
  state: () => ({ state: 'none', startedMs: null, devices: [], networks: [], knocked: [] }),
  streams: async () => ({ ok: false, fault: 'refused', message: 'Nobody is there.' }),
};

function newSessionId(): string {
  return namedId('play', systemRandom(16));
}

function userName(id: string): string {
  return id;
}

interface People {
  readonly accounts: Accounts;
  readonly machines: Machines;
  readonly audit: AuditLog;
  readonly parts: Partial<ApiParts>;
}

/** A provider that is not there: who is asked for, is sent nowhere. */
const nowhere: OidcOptions = {
  name: 'Nowhere',
  issuer: 'http://127.0.0.1:9',
  clientId: 'sightline',
  scopes: [],
  createUsers: false,
  linkByName: false,
  roleMap: { admin: [], operator: [], viewer: [] },
};

async function startPeople({ database, clock, secrets }: MadeFirst): Promise<People> {
  const parts = { queries: database.queries, clock, random: systemRandom, log: silentLog };
  const accounts = await Accounts.open(parts);
  const signIn = new SignIn({ accounts, ...parts });
  const audit = new AuditLog(parts);
  const machines = await openMachines({ ...parts, box: secrets }, { people: accounts, declaredDevices: [] });
  const authenticate = authenticateBy([machineWay(machines), orShare([cookieWay(accounts)], machines)]);
  const oidc = new Oidc({ ...parts, box: secrets, options: nowhere });
  const ofApi = {
    accounts: { accounts, signIn, oidc },
    audit,
    machines: { ...machines, userName },
    authenticate,
  };
  return { accounts, machines, audit, parts: ofApi };
}

/** Signalling without a network: every offer is answered, and every session can be ended. */
class HandWebRtc implements WebRtcApi {
  readonly iceServers = [];
  readonly #ends = new Map<string, (() => void) | undefined>();

  watch: WebRtcApi['watch'] = async (_camera, _source, client) => this.#begin(client.onEnd);
  publish: WebRtcApi['publish'] = async (_camera, client) => this.#begin(client.onEnd);
  defaultCamera = (): undefined => undefined;

  end(session: string): boolean {
    this.#ends.get(session)?.();
    return this.#ends.delete(session);
  }

  #begin(onEnd: (() => void) | undefined) {
    const session = Buffer.from(systemRandom(16)).toString('hex');
    this.#ends.set(session, onEnd);
    return ok({ session, sdp: 'v=0\r\n' });
  }
}

async function addCamera(api: TestApi, name: string): Promise<CameraId> {
  const source = { kind: 'rtsp', url: 'rtsp://admin:secret@camera.example:5540/stream' };
  const made = await api.cameras.create(cameraCreateSchema.parse({ name, source, enabled: false }));
  if (!made.ok) throw new Error(made.error.message);
  return made.value.id as CameraId;
}

/** What a page of ours sends besides. */
const ofOurPage = { host: 'localhost', origin: 'http://localhost' };

function credentials(accounts: Accounts, machines: Machines) {
  let users = 0;
  const principal = (id: string): Principal => {
    const found = accounts.principal(id);
    if (!found) throw new Error('there is no such user');
    return found;
  };
  return {
    principal,
    user: async (
      role: Role,
      cameras: Readonly<Record<string, readonly Right[]>> = {},
      every: readonly Right[] = [],
    ) => {
      const name = `user ${(users += 1)}`;
      const made = await accounts.create({ name, role, grants: { every, cameras }, passwordHash: 'x' });
      if (!made.ok) throw new Error(made.error);
      return made.value.id;
    },
    signIn: async (userId: string) => {
      const how = { method: 'password', address: '127.0.0.1', client: 'test' } as const;
      const { secret } = await accounts.sessions.begin(userId, how);
      return { ...ofOurPage, cookie: `sightline_session=${secret}` };
    },
    key: async (userId: string, scopes: readonly Permission[], only?: readonly string[]) => {
      const all: readonly Right[] = ['live', 'playback', 'export', 'ptz', 'settings', 'publish'];
      const cameras = Object.fromEntries((only ?? []).map((id) => [id, all]));
      const wanted = { name: 'key', scopes, grants: only ? { every: [], cameras } : null, expiresMs: null };
      const made = await machines.keys.create(principal(userId), wanted);
      if (!made.ok) throw new Error(made.error);
      return bearer(made.value.key);
    },
    token: async (userId: string, camera: string, action: 'live' | 'playback', lastsSeconds = 600) => {
      const wanted = { cameraId: camera, actions: [action], lastsSeconds };
      return bearer((await machines.tokens.create(principal(userId), wanted)).token);
    },
    share: async (userId: string, camera: string) => {
      const range = { fromMs: footageMs, toMs: footageMs + 5000 };
      const wanted = { cameraId: camera, live: true, ...range, note: '', lastsMs: 600_000 };
      const made = await machines.shares.create(userId, wanted);
      if (!made.ok) throw new Error(made.error);
      return { ...ofOurPage, cookie: `sightline_share=${made.value.secret}` };
    },
  };
}

function bearer(secret: string): Credentials {
  return { host: 'localhost', authorization: `Bearer ${secret}` };
}

const untried = {
  fault: null,
  writeBytesPerSecond: null,
  syncMs: null,
  freeBytes: 0,
  totalBytes: 0,
  usableBytes: 0,
};
