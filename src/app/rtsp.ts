/**
 * The RTSP server in this server: which address means which stream, and on which ports it listens.
 */
import { readFile } from 'node:fs/promises';
import type { CameraService } from '../api/camera-service.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { err, ok } from '../base/result.ts';
import { version } from '../base/version.ts';
import type { Hub } from '../hub/hub.ts';
import type { Random } from '../io/random.ts';
import { RtspOutput } from '../outputs/rtsp/output.ts';
import type { RtspStreams } from '../outputs/rtsp/stream.ts';
import type { Settings } from '../settings/schema.ts';
import { StartFault } from '../settings/start-fault.ts';
import type { Publishing } from './publishing.ts';

export interface RtspParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly hub: Hub;
  readonly cameras: CameraService;
  readonly publishing: Publishing;
}

export interface RunningRtsp {
  /** Absent where it does not listen. */
  readonly ports: { readonly rtspPort?: number; readonly rtspsPort?: number };
  close(): Promise<void>;
}

/** What people who know other cameras try first (main and sub of the default camera). */
const aliases: Readonly<Record<string, 'main' | 'sub'>> = { stream1: 'main', stream2: 'sub' };

export async function startRtsp(parts: RtspParts, settings: Settings): Promise<RunningRtsp> {
  const options = settings.rtsp;
  if (!options.enabled) return { ports: {}, close: async () => undefined };
  const { clock, log, random } = parts;
  const streams = findStreams(parts);
  const output = new RtspOutput({ clock, log, random, streams, options, serverName: `Sightline/${version}` });
  const { host } = settings;
  try {
    const rtspPort = await listen(output, { host, port: options.port }, 'rtsp.port');
    if (!options.tls) return { ports: { rtspPort }, close: () => output.close() };
    const tls = {
      certificate: await readPem(options.tls.certificate, 'rtsp.tls.certificate'),
      key: await readPem(options.tls.key, 'rtsp.tls.key'),
    };
    const rtspsPort = await listen(output, { host, port: options.tls.port, tls }, 'rtsp.tls.port');
    return { ports: { rtspPort, rtspsPort }, close: () => output.close() };
  } catch (error) {
    await output.close();
    throw error;
  }
}

async function listen(
  output: RtspOutput,
  wanted: Parameters<RtspOutput['listen']>[0],
  setting: string,
): Promise<number> {
  const port = await output.listen(wanted);
  if (port.ok) return port.value;
  const taken = port.error === 'EADDRINUSE';
  const why = taken ? 'another program uses it' : port.error;
  throw new StartFault(
    `RTSP cannot listen on ${wanted.host}, port ${wanted.port}: ${why}. Set another ${setting}, or rtsp.enabled: false.`,
  );
}

async function readPem(file: string, setting: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartFault(`The file of ${setting} cannot be read: ${why}.`);
  }
}

function findStreams({ hub, cameras, publishing }: RtspParts): RtspStreams {
  return {
    find: (path) => {
      const alias = aliases[path];
      const [first = '', second, ...rest] = path.split('/');
      const camera = alias ? cameras.defaultCamera() : byIdOrName(cameras, first);
      const source = alias ?? second ?? 'main';
      if (!camera || rest.length > 0 || (source !== 'main' && source !== 'sub')) return err('not-found');
      const id = source === 'main' ? camera.id : `${camera.id}.sub`;
      const stream = hub.get(id);
      if (stream) return ok({ stream, name: camera.name });
      // The alias promises a second stream to programs that insist on one.
      const main = alias === 'sub' ? hub.get(camera.id) : undefined;
      if (main) return ok({ stream: main, name: camera.name });
      return err(cameras.hasStream(id) ? 'disabled' : 'not-found');
    },
    publish: publishing.publish,
  };
}

function byIdOrName(cameras: CameraService, name: string) {
  const known = cameras.list();
  const named = known.filter((camera) => camera.name === name);
  return known.find(({ id }) => id === name) ?? (named.length === 1 ? named[0] : undefined);
}
