/**
 * Who may do what, written down a second time and by hand: what the policy says is compared with this. Every route has a
 * line here; a new one fails the test until somebody has thought about who may use it.
 */
import type { Permission, Right } from '../../src/accounts/access.ts';

export interface Rule {
  /** `scope`: whoever has it; that is what roles and keys are made of. */
  readonly who: 'anybody' | 'somebody' | 'person' | 'scope';
  readonly scope?: Permission;
  /** On the camera it is about; without one, on any. */
  readonly right?: Right | 'any';
  /** And this one. */
  readonly also?: Right;
  /** It is about the whole server: the right is needed on every camera. */
  readonly everywhere?: true;
  /** Keys may not: it would outlive them. */
  readonly notKeys?: true;
  /** Media tokens that carry the right may. */
  readonly tokens?: true;
  /** Links that show the camera may. */
  readonly links?: true;
}

const read = { who: 'scope', scope: 'media:read' } as const;
const write = { who: 'scope', scope: 'media:write' } as const;
const pictures = { tokens: true, links: true } as const;

export const rules = {
  anybody: { who: 'anybody' },
  somebody: { who: 'somebody' },
  clock: { who: 'somebody', ...pictures },
  openedLink: { who: 'somebody', links: true },
  person: { who: 'person' },
  list: read,
  see: { ...read, right: 'any' },
  watch: { ...read, right: 'live', ...pictures },
  replay: { ...read, right: 'playback', tokens: true },
  replayStretch: { ...read, right: 'playback', ...pictures },
  ownSession: { ...read, right: 'any', ...pictures },
  listHistory: { ...read, right: 'playback' },
  listHolds: { ...read, right: 'playback' },
  takeAway: { ...read, right: 'export' },
  giveToken: { ...read, right: 'live' },
  shareOut: { ...read, right: 'export', also: 'playback', notKeys: true },
  unshare: { ...read, right: 'export', notKeys: true },
  ownKeys: { ...read, notKeys: true },
  clips: { ...read, right: 'playback', everywhere: true },
  record: { ...write, right: 'live' },
  viewers: { ...write, right: 'live' },
  hold: { ...write, right: 'export' },
  change: { ...write, right: 'settings' },
  settings: write,
  publish: { ...write, right: 'publish' },
  storage: { who: 'scope', scope: 'system:read' },
  health: { who: 'scope', scope: 'system:read' },
  metrics: { who: 'scope', scope: 'metrics:read' },
  destroy: { who: 'scope', scope: 'system:write', right: 'settings' },
  runServer: { who: 'scope', scope: 'system:write', right: 'settings', everywhere: true },
} as const satisfies Record<string, Rule>;

export interface Line {
  readonly rule: keyof typeof rules;
  /** Where the camera is named, which the address does not: a body that names it. */
  readonly body?: (cameraId: string) => unknown;
  /** Added to the address: makes the request wrong, so that it does no harm when it is allowed. */
  readonly query?: string;
  readonly type?: 'application/sdp';
  /** Who is allowed gets a camera of its own to delete. */
  readonly destroys?: true;
}

type Lines = Readonly<Record<string, keyof typeof rules | Line>>;

const stretch = { start_time: '2026-03-01T06:00:01Z', end_time: '2026-03-01T06:00:03Z' };
const exported = { startMs: Date.parse(stretch.start_time), endMs: Date.parse(stretch.end_time) };

/** `GET` stands for `HEAD`, too. */
export const lines: Lines = {
  'GET /api/v1/openapi.json': 'somebody',
  'GET /api/docs': 'somebody',
  'GET /api/docs/': 'somebody',
  'GET /api/docs/json': 'somebody',
  'GET /api/docs/yaml': 'somebody',
  'GET /api/docs/static/*': 'somebody',
  'GET /api/docs/static/index.html': 'somebody',
  'GET /api/docs/static/swagger-initializer.js': 'somebody',
  'GET /api/docs/static/theme/page.css': 'somebody',

  'GET /health': 'anybody',
  'GET /ready': 'anybody',
  'GET /metrics': 'metrics',
  'GET /api/v1/system': 'clock',
  'GET /api/v1/system/health': 'health',
  'GET /api/v1/events': 'somebody',

  'GET /api/v1/session': 'anybody',
  'POST /api/v1/session': 'anybody',
  'DELETE /api/v1/session': 'person',
  'GET /api/v1/session/oidc': 'anybody',
  'GET /api/v1/session/oidc/callback': 'anybody',
  'POST /api/v1/account/oidc': 'person',
  'DELETE /api/v1/account/oidc': 'person',
  'POST /api/v1/setup': 'anybody',
  'GET /api/v1/account/sessions': 'person',
  'DELETE /api/v1/account/sessions': 'person',
  'DELETE /api/v1/account/sessions/:sessionId': 'person',
  'PUT /api/v1/account/password': 'person',
  'GET /api/v1/audit': 'runServer',
  'GET /api/v1/users': 'runServer',
  'POST /api/v1/users': 'runServer',
  'GET /api/v1/users/:userId': 'runServer',
  'PATCH /api/v1/users/:userId': 'runServer',
  'DELETE /api/v1/users/:userId': 'runServer',
  'GET /api/v1/users/:userId/sessions': 'runServer',
  'DELETE /api/v1/users/:userId/sessions': 'runServer',

  'GET /api/v1/keys': 'ownKeys',
  'POST /api/v1/keys': 'ownKeys',
  'DELETE /api/v1/keys/:keyId': 'ownKeys',
  'GET /api/v1/devices': 'runServer',
  'POST /api/v1/devices': 'runServer',
  'DELETE /api/v1/devices/:deviceId': 'runServer',
  'GET /.well-known/jwks.json': 'anybody',
  'POST /api/v1/media-tokens': {
    rule: 'giveToken',
    body: (cameraId) => ({ cameraId, actions: ['live'] }),
  },
  'GET /api/v1/shares': 'takeAway',
  'POST /api/v1/shares': {
    rule: 'shareOut',
    body: (cameraId) => ({ cameraId, fromMs: exported.startMs, toMs: exported.endMs, lastsMs: 60_000 }),
  },
  'DELETE /api/v1/shares/:shareId': 'unshare',
  'POST /api/v1/shares/open': 'anybody',
  'GET /api/v1/shares/opened': 'openedLink',
  'POST /api/v1/shares/playback': 'openedLink',

  'GET /api/v1/cameras': 'list',
  'POST /api/v1/cameras': 'runServer',
  'PUT /api/v1/cameras': 'runServer',
  'POST /api/v1/cameras/probe': 'runServer',
  'POST /api/v1/cameras/import': 'runServer',
  'POST /api/v1/cameras/scan': 'runServer',
  'GET /api/v1/cameras/scan': 'runServer',
  'POST /api/v1/cameras/scan/streams': 'runServer',
  'GET /api/v1/cameras/:id': 'see',
  'PATCH /api/v1/cameras/:id': 'change',
  'DELETE /api/v1/cameras/:id': { rule: 'destroy', query: 'footage=wrong' },
  'GET /api/cameras': 'list',
  'GET /api/cameras/': 'list',
  'POST /api/cameras': 'runServer',
  'POST /api/cameras/': 'runServer',
  'GET /api/cameras/:id': 'see',
  'DELETE /api/cameras/:id': { rule: 'destroy', destroys: true },
  'POST /cameras/provision': 'runServer',

  'GET /api/v1/cameras/:id/viewers': 'viewers',
  'DELETE /api/v1/cameras/:id/viewers/:viewer': 'viewers',
  'GET /api/v1/cameras/:id/recording': 'see',
  'POST /api/v1/cameras/:id/recording': 'record',
  'POST /api/v1/cameras/:id/trigger': 'record',
  'DELETE /api/v1/cameras/:id/recordings': 'destroy',

  'GET /ws/live': 'watch',
  'GET /hls/:camera/:file': 'watch',
  'OPTIONS /hls/:camera/:file': 'watch',
  'GET /api/v1/cameras/:id/snapshot.jpg': 'watch',
  'GET /live/:camera/stream': 'watch',
  'GET /live/stream': 'watch',
  'GET /live/status': 'see',
  'GET /camera/status': 'see',
  'POST /live/start': { rule: 'change', query: 'record_duration=wrong' },
  'POST /live/stop': 'change',
  'GET /live/record/status': 'see',
  'POST /live/record/start': { rule: 'record', query: 'duration=wrong' },
  'POST /live/record/stop': 'record',

  'POST /whep/:camera': { rule: 'watch', type: 'application/sdp' },
  'OPTIONS /whep/:camera': 'watch',
  'DELETE /whep/:camera/:session': 'watch',
  'PATCH /whep/:camera/:session': 'watch',
  'OPTIONS /whep/:camera/:session': 'watch',
  'POST /whip/:camera': { rule: 'publish', type: 'application/sdp' },
  'OPTIONS /whip/:camera': 'publish',
  'DELETE /whip/:camera/:session': 'publish',
  'PATCH /whip/:camera/:session': 'publish',
  'OPTIONS /whip/:camera/:session': 'publish',
  'POST /api/webrtc/offer': { rule: 'watch', body: (camera) => ({ type: 'offer', sdp: 'v=0', camera }) },
  'GET /api/webrtc/config': 'watch',

  'GET /api/v1/history': 'listHistory',
  'GET /api/v1/cameras/:id/timeline': {
    rule: 'replayStretch',
    query: `from=${exported.startMs}&to=${exported.endMs}`,
  },
  'GET /api/v1/cameras/:id/days': 'replay',
  'GET /api/v1/cameras/:id/frame.jpg': { rule: 'replayStretch', query: `at=${exported.startMs}` },
  'GET /api/v1/cameras/:id/keyframe': { rule: 'replayStretch', query: `at=${exported.startMs}` },
  'GET /api/v1/cameras/:id/thumbs': {
    rule: 'replayStretch',
    query: `from=${exported.startMs}&to=${exported.endMs}`,
  },
  'GET /api/v1/cameras/:id/thumbs/:pack': 'replay',

  'POST /api/v1/playback/start': {
    rule: 'replayStretch',
    body: (camera_id) => ({ camera_id, ...stretch }),
  },
  'POST /api/v1/playback/live': { rule: 'watch', body: (camera_id) => ({ camera_id }) },
  'GET /api/v1/playback/sessions/:id': 'ownSession',
  'DELETE /api/v1/playback/sessions/:id': 'ownSession',
  'POST /api/v1/playback/sessions/:id/extend': 'ownSession',
  'GET /api/v1/playback/sessions/:id/playlist.m3u8': 'ownSession',
  'GET /api/v1/playback/sessions/:id/index.m3u8': 'ownSession',
  'GET /api/v1/playback/sessions/:id/keyframes.m3u8': 'ownSession',
  'GET /api/v1/playback/sessions/:id/segment/:file': 'ownSession',
  'GET /api/v1/playback/sessions/:id/init/:file': 'ownSession',
  'GET /api/v1/playback/sessions/:id/keyframe/:file': 'ownSession',

  'GET /api/v1/exports': 'takeAway',
  'POST /api/v1/exports': { rule: 'takeAway', body: (id) => ({ cameraIds: [id], ...exported }) },
  'POST /api/v1/exports/estimate': { rule: 'takeAway', body: (id) => ({ cameraIds: [id], ...exported }) },
  'GET /api/v1/exports/key': 'takeAway',
  'GET /api/v1/exports/:id': 'takeAway',
  'DELETE /api/v1/exports/:id': 'takeAway',
  'GET /api/v1/exports/:id/files/:name': 'takeAway',

  'GET /api/v1/storage': 'storage',
  'POST /api/v1/storage/forecast': 'storage',
  'GET /api/v1/storage/deletions': 'storage',
  'POST /api/v1/storage/test': 'runServer',
  'GET /api/v1/holds': 'listHolds',
  'POST /api/v1/holds': {
    rule: 'hold',
    body: (cameraId) => ({ cameraId, ...exported, reason: 'asked for' }),
  },
  'DELETE /api/v1/holds/:id': 'hold',

  'GET /api/v1/settings': 'somebody',
  'PATCH /api/v1/settings': 'settings',
  'GET /api/v1/views': 'somebody',
  'POST /api/v1/views': 'somebody',
  'GET /api/v1/views/:id': 'somebody',
  'PATCH /api/v1/views/:id': 'somebody',
  'DELETE /api/v1/views/:id': 'somebody',

  'GET /api/v1/clients': 'runServer',
  'POST /api/v1/clients': 'runServer',
  'POST /api/v1/clients/:clientId/secret': 'runServer',
  'DELETE /api/v1/clients/:clientId': 'runServer',
  // Uploads bring a secret of their own.
  'POST /api/v1/clients/:clientId/clips': 'anybody',
  'OPTIONS /api/v1/clients/:clientId/uploads': 'anybody',
  'POST /api/v1/clients/:clientId/uploads': 'anybody',
  'HEAD /api/v1/clients/:clientId/uploads/:uploadId': 'anybody',
  'PATCH /api/v1/clients/:clientId/uploads/:uploadId': 'anybody',
  'DELETE /api/v1/clients/:clientId/uploads/:uploadId': 'anybody',
  'GET /api/v1/clients/:clientId/clips': 'clips',
  'GET /api/v1/clients/:clientId/clips/:clipId': 'clips',
  'DELETE /api/v1/clients/:clientId/clips/:clipId': 'runServer',
  'GET /api/v1/clips/status': 'clips',
  'GET /stream': 'clips',
  'GET /stream/:clientId': 'clips',
  'GET /stream/:clientId/playlist.m3u8': 'clips',
  'GET /stream/:clientId/segments/:name': 'clips',
};
