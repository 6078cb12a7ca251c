/**
 * The HTTP server: its parts in, a Fastify instance that is ready to listen out.
 * Order matters only at the top: guard, policy, then everything that has an address.
 */
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { createSerializerCompiler, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Log } from '../base/log.ts';
import type { LiveOutput } from '../outputs/live/output.ts';
import type { ThumbPacks } from '../archive/thumb-packs.ts';
import type { Frames } from '../playback/frames.ts';
import type { PlaybackSessions } from '../playback/sessions.ts';
import type { AccountsApi } from './accounts.ts';
import type { Audit } from './audit.ts';
import { auditRequests } from './audit.ts';
import { answerUnder, jsonReplacer, withoutBasePath } from './base-path.ts';
import { limitBodyTime } from './body-time.ts';
import type { ProxyRules } from './client.ts';
import { learnClients, noProxies } from './client.ts';
import { keepNothing } from './caching.ts';
import type { CameraService } from './camera-service.ts';
import type { NetworkReport } from './contract/network.ts';
import type { ClipsApi } from './clips.ts';
import { serveDashboard } from './dashboard.ts';
import { DefaultCamera } from './default-camera.ts';
import type { EventFeed } from './event-feed.ts';
import { guardRequests, sendSecurityHeaders } from './guard.ts';
import { limitConnections, listenerOptions } from './listener.ts';
import type { NetworkRules } from './network-rules.ts';
import { keepToNetworkRules, onlyThisMachine } from './network-rules.ts';
import { describeApi } from './openapi.ts';
import type { PictureParts } from './pictures.ts';
import type { MachinesApi } from './machines.ts';
import type { Authenticate } from './policy.ts';
import { enforcePolicy, checkActions } from './policy.ts';
import { errorHandler } from './problems.ts';
import { limitRequests } from './rate-limit.ts';
import { refuseUntilSetUp } from './set-up-gate.ts';
import { accountRoutes } from './routes/account.ts';
import type { AuditReader } from './routes/audit.ts';
import { auditRoutes } from './routes/audit.ts';
import { cameraRoutes } from './routes/cameras.ts';
import type { CameraFinder } from './routes/camera-scan.ts';
import { cameraScanRoutes } from './routes/camera-scan.ts';
import { clientRoutes } from './routes/clients.ts';
import { clipUploadRoutes } from './routes/clip-uploads.ts';
import { clipRoutes } from './routes/clips.ts';
import { defaultCameraRoutes } from './routes/default-camera.ts';
import { eventRoutes } from './routes/events.ts';
import { Leases } from './leases.ts';
import type { LiveHls } from './routes/hls.ts';
import { importRoutes } from './routes/import.ts';
import { endRefusedUpgrades, liveRoutes } from './routes/live.ts';
import type { ExportsApi } from './routes/exports.ts';
import { exportRoutes } from './routes/exports.ts';
import { hlsRoutes } from './routes/hls.ts';
import { historyRoutes } from './routes/history.ts';
import { holdRoutes } from './routes/holds.ts';
import { keyRoutes } from './routes/keys.ts';
import { mediaTokenRoutes, tokenKeyRoutes } from './routes/media-tokens.ts';
import { mjpegRoutes } from './routes/mjpeg.ts';
import { networkRoutes } from './routes/network.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { otherFrontEndRoutes } from './routes/other-front-ends.ts';
import { playbackRoutes } from './routes/playback.ts';
import { provisioningRoutes } from './routes/provisioning.ts';
import type { RecordingControl } from './routes/recording.ts';
import { recordingRoutes } from './routes/recording.ts';
import { scrubRoutes } from './routes/scrub.ts';
import { sessionRoutes } from './routes/session.ts';
import type { SettingsApi } from './routes/settings.ts';
import { newCameraDefaults, settingsRoutes } from './routes/settings.ts';
import { shareRoutes } from './routes/shares.ts';
import { snapshotRoutes } from './routes/snapshot.ts';
import type { StreamPagesParts } from './routes/stream-pages.ts';
import { streamPages } from './routes/stream-pages.ts';
import type { StorageApi } from './routes/storage.ts';
import { storageRoutes } from './routes/storage.ts';
import type { StorageTester } from './routes/storage-test.ts';
import { storageTestRoutes } from './routes/storage-test.ts';
import type { SystemHealthApi } from './routes/system-health.ts';
import { systemHealthRoutes } from './routes/system-health.ts';
import type { SystemParts } from './routes/system.ts';
import { systemRoutes, watchRoutes } from './routes/system.ts';
import type { TimelineParts } from '../playback/timeline.ts';
import { thumbRoutes } from './routes/thumbs.ts';
import { timelineRoutes } from './routes/timeline.ts';
import { userRoutes } from './routes/users.ts';
import { viewerRoutes } from './routes/viewers.ts';
import type { ViewsApi } from './routes/views.ts';
import { viewRoutes } from './routes/views.ts';
import type { WebRtcApi } from './routes/webrtc.ts';
import { webRtcRoutes } from './routes/webrtc.ts';

export interface ApiParts extends SystemParts {
  readonly cameras: CameraService;
  /** Finds cameras on the network; absent in tests of other things. */
  readonly finder?: CameraFinder;
  readonly feed: EventFeed;
  readonly hls: LiveHls;
  /** The live WebSocket. */
  readonly live: Pick<LiveOutput, 'open'>;
  readonly pictures: PictureParts;
  readonly recordings: RecordingControl;
  /** What can be changed while it runs. */
  readonly settings: SettingsApi;
  readonly storage: StorageApi;
  /** Tries every volume; absent in tests of other things. */
  readonly testStorage?: StorageTester;
  /** What there is of a camera's past. */
  readonly history: TimelineParts;
  /** Saved arrangements of cameras. */
  readonly views: Pick<ViewsApi, 'queries' | 'clock' | 'random'>;
  /** Absent where nothing is recorded. */
  readonly playback?: PlaybackSessions;
  /** Footage to take away. */
  readonly exports?: ExportsApi;
  /** Pictures of the past. */
  readonly scrub?: { readonly frames: Frames; readonly packs: ThumbPacks };
  /** Clips of remote clients; absent in tests of other things. */
  readonly clips?: ClipsApi & StreamPagesParts;
  /** Absent when it is switched off. */
  readonly webrtc?: WebRtcApi;
  readonly log: Log;
  /** Other sites whose pages may show pictures now; none by default. */
  readonly embedOrigins?: () => readonly string[];
  /** How it may be reached; by default from this machine only. */
  readonly network?: NetworkRules;
  /** How it does; absent in tests of other things. */
  readonly health?: SystemHealthApi;
  /** Where other machines find it; absent in tests of other things. */
  readonly networkReport?: () => NetworkReport;
  /** Requests of the API that one user or address may make in a minute; 0, as when absent: any number. */
  readonly rateLimit?: number;
  /** Where on its site it is shown, for example `/cams`; at the root when absent. */
  readonly basePath?: string;
  /** Whose word about clients counts; nobody's by default. */
  readonly proxy?: ProxyRules;
  /** The built dashboard; may be missing. */
  readonly dashboardFolder: string;
  /** Absent: there are none. */
  readonly accounts?: AccountsApi;
  /** Who did what; absent in tests of other things. */
  readonly audit?: Audit & AuditReader;
  /** Keys, tokens, devices, links; absent in tests of other things. */
  readonly machines?: MachinesApi;
  /** What outlives its request; absent: made here. */
  readonly leases?: Leases;
  /** Who asks. */
  readonly authenticate: Authenticate;
}

/** The largest request is a camera with a long address: a few kilobytes. */
const maxBodyBytes = 64 * 1024;
/** Longest part of an address that is looked at. */
const maxParamLength = 200;
/** A client that needs longer to send its request is not one of ours; uploads may. */
const requestTimeoutMs = 30_000;

/** Call `listen` on what comes back, and `close` to end everything, held requests included. */
export async function createApi(parts: ApiParts): Promise<FastifyInstance> {
  const onError = errorHandler(parts.log);
  const { basePath = '', cameras, finder } = parts;
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    ...listenerOptions(basePath),
    rewriteUrl: ({ url }) => withoutBasePath(url ?? '/', basePath),
    forceCloseConnections: true,
    routerOptions: { maxParamLength },
    frameworkErrors: onError,
  });
  limitConnections(app);
  app.setValidatorCompiler(validatorCompiler);
  const replacer = jsonReplacer(basePath);
  app.setSerializerCompiler(replacer ? createSerializerCompiler({ replacer }) : serializerCompiler);
  answerUnder(app, basePath);
  app.setErrorHandler(onError);
  app.removeContentTypeParser('text/plain');
  await guardDoor(app, parts);
  app.addHook('preClose', async () => parts.feed.close());
  app.addHook('onClose', () => parts.cameras.settled());

  await describeApi(app);
  await peoplePart(app, parts);
  await machinePart(app, parts);
  await app.register(cameraRoutes(parts.cameras, newCameraDefaults(parts.settings)), { prefix: '/api/v1' });
  await app.register(provisioningRoutes(parts.cameras), { prefix: '/api/v1' });
  await app.register(importRoutes(parts.cameras), { prefix: '/api/v1' });
  if (finder) await app.register(cameraScanRoutes({ finder, cameras }), { prefix: '/api/v1' });
  await app.register(otherFrontEndRoutes(parts.cameras));
  await app.register(viewerRoutes(parts.cameras), { prefix: '/api/v1' });
  await app.register(recordingRoutes(parts.recordings), { prefix: '/api/v1' });
  await app.register(eventRoutes(parts.feed), { prefix: '/api/v1' });
  await app.register(settingsRoutes(parts.settings), { prefix: '/api/v1' });
  await app.register(systemRoutes(parts), { prefix: '/api/v1' });
  if (parts.health) await app.register(systemHealthRoutes(parts.health), { prefix: '/api/v1' });
  if (parts.networkReport) await app.register(networkRoutes(parts.networkReport), { prefix: '/api/v1' });
  await app.register(watchRoutes(parts));
  await app.register(hlsRoutes(parts.hls, parts.metrics));
  await app.register(liveRoutes(parts.live));
  await pictureRoutes(app, parts);
  await app.register(timelineRoutes({ ...parts.history, cameras: parts.cameras }), { prefix: '/api/v1' });
  await app.register(historyRoutes(parts.history), { prefix: '/api/v1' });
  await app.register(viewRoutes({ ...parts.views, cameras: parts.cameras, feed: parts.feed }), {
    prefix: '/api/v1',
  });
  await storagePart(app, parts);
  await playbackPart(app, parts);
  if (parts.webrtc) await app.register(webRtcRoutes(parts.webrtc));
  if (parts.clips) await clipPart(app, parts.clips);
  await serveDashboard(app, parts.dashboardFolder, basePath);
  return app;
}

/** What every request passes before any route, in this order. */
async function guardDoor(app: FastifyInstance, parts: ApiParts): Promise<void> {
  checkActions(app);
  limitBodyTime(app, requestTimeoutMs);
  learnClients(app, parts.proxy ?? noProxies);
  sendSecurityHeaders(app);
  keepToNetworkRules(app, parts.network ?? { ...onlyThisMachine, accounts: parts.accounts !== undefined });
  guardRequests(app, { embedOrigins: parts.embedOrigins ?? (() => []), open: !parts.accounts });
  if (parts.accounts) refuseUntilSetUp(app, parts.accounts.accounts);
  const limit = await limitRequests(app, parts.rateLimit ?? 0);
  enforcePolicy(app, parts.authenticate, limit);
  keepNothing(app);
  leaseWhatLasts(app, parts);
  auditRequests(app, parts.audit);
  endRefusedUpgrades(app);
}

/** What lasts is ended when accounts change; who was away then, has to read all events again. */
function leaseWhatLasts(app: FastifyInstance, parts: ApiParts): void {
  const { accounts, feed, pictures } = parts;
  const leases = parts.leases ?? new Leases(pictures.clock, accounts?.accounts);
  const stopListening = accounts?.accounts.onChange(() => feed.forgetPast());
  app.decorate('leases', leases);
  app.addHook('onClose', async () => {
    stopListening?.();
    if (!parts.leases) leases.close();
  });
}

async function machinePart(app: FastifyInstance, parts: ApiParts): Promise<void> {
  const { machines, cameras, playback: sessions, pictures } = parts;
  if (!machines) return;
  await app.register(keyRoutes(machines), { prefix: '/api/v1' });
  await app.register(mediaTokenRoutes(machines), { prefix: '/api/v1' });
  await app.register(tokenKeyRoutes(machines));
  const shares = { machines, cameras, sessions, clock: pictures.clock };
  await app.register(shareRoutes(shares), { prefix: '/api/v1' });
}

async function peoplePart(app: FastifyInstance, parts: ApiParts): Promise<void> {
  const { accounts, audit, basePath = '' } = parts;
  await app.register(sessionRoutes(accounts), { prefix: '/api/v1' });
  if (audit) await app.register(auditRoutes(audit), { prefix: '/api/v1' });
  if (!accounts) return;
  await app.register(accountRoutes(accounts), { prefix: '/api/v1' });
  await app.register(userRoutes(accounts, parts.feed), { prefix: '/api/v1' });
  const { oidc } = accounts;
  if (oidc)
    await app.register(oidcRoutes({ accounts: accounts.accounts, oidc, basePath }), { prefix: '/api/v1' });
}

async function pictureRoutes(app: FastifyInstance, parts: ApiParts): Promise<void> {
  const { pictures, cameras, recordings } = parts;
  const defaultCamera = new DefaultCamera(cameras);
  await app.register(snapshotRoutes(pictures), { prefix: '/api/v1' });
  await app.register(mjpegRoutes(pictures, defaultCamera));
  await app.register(defaultCameraRoutes(defaultCamera, recordings));
}

async function clipPart(app: FastifyInstance, clips: ClipsApi & StreamPagesParts): Promise<void> {
  for (const routes of [clientRoutes, clipRoutes, clipUploadRoutes]) {
    await app.register(routes(clips), { prefix: '/api/v1' });
  }
  await app.register(streamPages(clips));
}

async function storagePart(app: FastifyInstance, { storage, testStorage }: ApiParts): Promise<void> {
  await app.register(storageRoutes(storage), { prefix: '/api/v1' });
  if (testStorage) await app.register(storageTestRoutes(testStorage), { prefix: '/api/v1' });
  await app.register(holdRoutes(storage), { prefix: '/api/v1' });
}

async function playbackPart(app: FastifyInstance, parts: ApiParts): Promise<void> {
  const { playback: sessions, exports, scrub, cameras } = parts;
  if (sessions) await app.register(playbackRoutes({ sessions, cameras }), { prefix: '/api/v1' });
  if (exports) await app.register(exportRoutes(exports), { prefix: '/api/v1' });
  if (!scrub) return;
  const exists = (id: string): boolean => cameras.get(id) !== undefined;
  await app.register(scrubRoutes({ frames: scrub.frames, exists }), { prefix: '/api/v1' });
  await app.register(thumbRoutes(scrub.packs), { prefix: '/api/v1' });
}
