/**
 * The RTSP server in this server: which address means which stream, and on which ports it listens.
 */
import { readFile } from 'node:fs/promises';
import type { CameraService } from '../api/camera-service.ts';
import type { Leases } from '../api/leases.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { err, ok } from '../base/result.ts';
import { version } from '../base/version.ts';
import type { Hub } from '../hub/hub.ts';
import type { Random } from '../io/random.ts';
import { RtspOutput } from '../outputs/rtsp/output.ts';
import type { RtspStreams } from '../outputs/rtsp/stream.ts';
import type { Settings } from '../settings/schema.ts';
import { StartFault } from '../settings/start-fault.ts';
import type { Machines } from '../accounts/machines.ts';
import { cameraOfStream } from '../hub/stream-id.ts';
import type { Publishing } from './publishing.ts';
import { mayDo, principalOf, rtspDoor } from './rtsp-door.ts';

export interface RtspParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly hub: Hub;
  readonly cameras: CameraService;
  readonly publishing: Publishing;
  readonly machines: Machines;
  /** What lasts. */
  readonly leases: Leases;
  /** That this server listens on; ours are added. */
  readonly ports: number[];
}

/** What people who know other cameras try first (main and sub of the default camera). */
const aliases: Readonly<Record<string, 'main' | 'sub'>> = { stream1: 'main', stream2: 'sub' };

/** A port that another program has is tried again this often: RTSP comes as soon as that program ends. */
const portAgainMs = 5000;

/** Every part but RTSP works without its ports: one that is taken is told, and waited for. */
export async function startRtsp(parts: RtspParts, settings: Settings): Promise<{ close(): Promise<void> }> {
  const options = settings.rtsp;
  if (!options.enabled) return { close: async () => undefined };
  const { clock, log, random, cameras, machines } = parts;
  const streams = findStreams(parts);
  const door = rtspDoor({ clock, machines, closed: settings.accounts || options.users.length > 0 });
  const serverName = `Sightline/${version}`;
  const output = new RtspOutput({ clock, log, random, streams, door, options, serverName });
  const { host } = settings;
  const listeners = [
    new Listener(parts, output, { host, port: options.port, setting: 'rtsp.port' }, (port) => {
      cameras.setRtspPorts({ rtspPort: port });
    }),
  ];
  if (options.tls) {
    const tls = {
      certificate: await readPem(options.tls.certificate, 'rtsp.tls.certificate'),
      key: await readPem(options.tls.key, 'rtsp.tls.key'),
    };
    listeners.push(
      new Listener(parts, output, { host, port: options.tls.port, tls, setting: 'rtsp.tls.port' }, (port) => {
        cameras.setRtspPorts({ rtspsPort: port });
      }),
    );
  }
  const close = async (): Promise<void> => {
    for (const listener of listeners) listener.stop();
    await output.close();
  };
  try {
    for (const listener of listeners) await listener.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

type Wanted = Parameters<RtspOutput['listen']>[0] & { readonly setting: string };

/** One port: listened on now, or as soon as it is free. */
class Listener {
  readonly #parts: RtspParts;
  readonly #output: RtspOutput;
  readonly #wanted: Wanted;
  readonly #onPort: (port: number) => void;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: RtspParts, output: RtspOutput, wanted: Wanted, onPort: (port: number) => void) {
    this.#parts = parts;
    this.#output = output;
    this.#wanted = wanted;
    this.#onPort = onPort;
  }

  /** Throws a `StartFault` for what waiting does not mend. */
  async start(): Promise<void> {
    const fault = await this.#try();
    if (fault === undefined) return;
    const { host, port, setting } = this.#wanted;
    if (fault !== 'EADDRINUSE') {
      throw new StartFault(`RTSP cannot listen on ${host}, port ${port}: ${fault}. Set another ${setting}.`);
    }
    const advice = `RTSP waits for port ${port}, which another program uses: end it, or set another ${setting}`;
    this.#parts.log.warn(advice, { host });
    this.#tryLater();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #tryLater(): void {
    this.#timer = this.#parts.clock.after(portAgainMs, () => {
      void this.#try().then((fault) => {
        if (this.#stopped) return;
        if (fault === undefined) this.#parts.log.info('RTSP is ready', { port: this.#wanted.port });
        else this.#tryLater();
      });
    });
  }

  /** Why not; undefined when it listens. */
  async #try(): Promise<string | undefined> {
    const port = await this.#output.listen(this.#wanted);
    if (!port.ok) return port.error;
    this.#parts.ports.push(port.value);
    this.#onPort(port.value);
    return undefined;
  }
}

async function readPem(file: string, setting: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartFault(`The file of ${setting} cannot be read: ${why}.`);
  }
}

function findStreams({ hub, cameras, publishing, leases }: RtspParts): RtspStreams {
  return {
    find: (path, visitor) => {
      const mayWatch = (id: string): boolean => mayDo(visitor, 'camera.watch', id) === 'yes';
      const meant = meantBy(path, cameras, mayWatch);
      if (!meant) return err('not-found');
      const { camera, streamId, orMain } = meant;
      const may = mayDo(visitor, 'camera.watch', camera.id);
      if (may !== 'yes') return err(may === 'no' ? 'forbidden' : 'not-found');
      const stream = hub.get(streamId) ?? (orMain ? hub.get(camera.id) : undefined);
      if (stream) return ok({ stream, name: camera.name });
      return err(cameras.hasStream(streamId) ? 'disabled' : 'not-found');
    },
    mayPublish: (camera, visitor) => mayDo(visitor, 'camera.publish', publishing.cameraOf(camera) ?? camera),
    publish: publishing.publish,
    lease: (visitor, what, camera, end) =>
      leases.hold({
        principal: principalOf(visitor),
        action: what === 'watch' ? 'camera.watch' : 'camera.publish',
        cameraId: cameraOfStream(camera) ?? publishing.cameraOf(camera) ?? camera,
        end,
      }),
  };
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
