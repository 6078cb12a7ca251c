/**
 * The RTSP server in this server: which address means which stream, and on which ports it listens.
 */
import type { CameraService } from '../api/camera-service.ts';
import type { AuditLog } from '../accounts/audit.ts';
import type { Leases } from '../api/leases.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { err, ok } from '../base/result.ts';
import { version } from '../base/version.ts';
import type { Hub } from '../hub/hub.ts';
import type { Random } from '../io/random.ts';
import { RtspOutput } from '../outputs/rtsp/output.ts';
import type { RtspStreams } from '../outputs/rtsp/stream.ts';
import type { LiveSettings } from '../settings/live/live-settings.ts';
import type { Settings } from '../settings/schema.ts';
import type { Machines } from '../accounts/machines.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import type { Https } from './https.ts';
import type { Publishing } from './publishing.ts';
import { mayDo, principalOf, rtspDoor } from './rtsp-door.ts';
import { RtspPorts } from './rtsp-ports.ts';

export interface RtspParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly hub: Hub;
  readonly cameras: CameraService;
  readonly publishing: Publishing;
  readonly machines: Machines;
  readonly live: LiveSettings;
  /** What lasts. */
  readonly leases: Leases;
  readonly audit: Pick<AuditLog, 'recordView' | 'recordRefusal'>;
  readonly https: Pick<Https, 'shared'>;
  /** That this server listens on; ours are added. */
  readonly ports: number[];
}

/** What people who know other cameras try first (main and sub of the default camera). */
const aliases: Readonly<Record<string, 'main' | 'sub'>> = { stream1: 'main', stream2: 'sub' };

const everyAddress = '0.0.0.0';

/** Every part but RTSP works without its ports: one that is taken is told, and waited for. */
export async function startRtsp(parts: RtspParts, settings: Settings): Promise<{ close(): Promise<void> }> {
  const options = settings.rtsp;
  const { clock, log, random, cameras, machines, live, audit } = parts;
  const streams = findStreams(parts);
  const door = rtspDoor({ clock, machines, audit, closed: settings.accounts || options.users.length > 0 });
  const serverName = `Sightline/${version}`;
  const output = new RtspOutput({ clock, log, random, streams, door, options, serverName });
  // A server without accounts lets in everybody who reaches it.
  const host = (): string => (options.network && settings.accounts ? everyAddress : settings.host);
  const onPorts: RtspPortsFound = (ports) => cameras.setRtspPorts({ ...ports, rtspPath: options.path });
  const certificate: SharedCertificate = (onChange) => parts.https.shared(onChange);
  const { ports } = parts;
  const listening = new RtspPorts({ clock, log, output, host, options, ports, certificate, onPorts });
  const close = async (): Promise<void> => {
    listening.close();
    await output.close();
  };
  try {
    await listening.follow();
  } catch (error) {
    await close();
    throw error;
  }
  live.observe(['rtspEnabled', 'rtspPort', 'rtspNetwork'], () => listening.follow());
  live.observe(['rtspPath'], () => cameras.setRtspPorts({ rtspPath: options.path }));
  return { close };
}

type SharedCertificate = ConstructorParameters<typeof RtspPorts>[0]['certificate'];
type RtspPortsFound = ConstructorParameters<typeof RtspPorts>[0]['onPorts'];

function findStreams({ hub, cameras, publishing, leases, live, audit }: RtspParts): RtspStreams {
  const named = (path: string): string => withoutPrefix(path, live.get('rtspPath'));
  return {
    find: (path, visitor) => {
      const mayWatch = (id: string): boolean => mayDo(visitor, 'camera.watch', id) === 'yes';
      const meant = meantBy(named(path), cameras, mayWatch);
      if (!meant) return err('not-found');
      const { camera, streamId, orMain } = meant;
      const may = mayDo(visitor, 'camera.watch', camera.id);
      if (may !== 'yes') return err(may === 'no' ? 'forbidden' : 'not-found');
      const stream = hub.get(streamId) ?? (orMain ? hub.get(camera.id) : undefined);
      if (stream) return ok({ stream, name: camera.name });
      return err(cameras.hasStream(streamId) ? 'disabled' : 'not-found');
    },
    mayPublish: (path, visitor) => {
      const camera = named(path);
      return mayDo(visitor, 'camera.publish', publishing.cameraOf(camera) ?? camera);
    },
    publish: (path, offer) => publishing.publish(named(path), offer),
    lease: (visitor, { what, camera, address }, end) => {
      const who = principalOf(visitor);
      const action = what === 'watch' ? 'camera.watch' : 'camera.publish';
      const cameraId = cameraOfStream(camera) ?? publishing.cameraOf(named(camera)) ?? named(camera);
      audit.recordView({ who, address, action, cameraId, detail: 'RTSP' });
      return leases.hold({ principal: who, action, cameraId, end });
    },
  };
}

/** What stands behind the first part that is set, which alone means the first camera; all other paths as they are. */
function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '') return path;
  if (path === prefix) return 'stream1';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : path;
}

function meantBy(path: string, cameras: CameraService, mayWatch: (id: string) => boolean) {
  const alias = aliases[path];
  const [first = '', second, ...rest] = path.split('/');
  const camera = alias ? cameras.defaultCamera(mayWatch) : byIdOrName(cameras, first);
  const source = alias ?? second ?? 'main';
  if (!camera || rest.length > 0 || (source !== 'main' && source !== 'sub')) return undefined;
  const streamId = source === 'main' ? camera.id : `${camera.id}.sub`;
  // The alias promises a second stream to programs that insist on one.
  return { camera, streamId, orMain: alias === 'sub' };
}

function byIdOrName(cameras: CameraService, name: string) {
  const known = cameras.list();
  const named = known.filter((camera) => camera.name === name);
  return known.find(({ id }) => id === name) ?? (named.length === 1 ? named[0] : undefined);
}
