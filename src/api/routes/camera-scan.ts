/**
 * `/api/v1/cameras/scan`: looks for cameras on the network, and asks one of them for its streams.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { always, answer, badRequest } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import type { CameraService } from '../camera-service.ts';
import type {
  DeviceStreams,
  DeviceStreamsRequest,
  FoundCamera,
  Scan,
  ScanRequest,
} from '../contract/camera-scan.ts';
import {
  deviceStreamsRequestSchema,
  deviceStreamsSchema,
  scanRequestSchema,
  scanSchema,
} from '../contract/camera-scan.ts';
import { problem, sendProblem } from '../problems.ts';

/** A search as it stands. Which cameras are known already is not its to say. */
export interface ScanState extends Omit<Scan, 'devices'> {
  readonly devices: readonly Omit<FoundCamera, 'alreadyAdded'>[];
}

export interface CameraFinder {
  /** The search that begins, or the one that runs; undefined when there were too many lately. */
  scan(wanted: ScanRequest): ScanState | undefined;
  /** The newest search. */
  state(): ScanState;
  /** Never rejects. Undefined when too many are asked at one time or were lately. */
  streams(wanted: DeviceStreamsRequest, signal: AbortSignal): Promise<DeviceStreams | undefined>;
}

export interface CameraScanParts {
  readonly finder: CameraFinder;
  readonly cameras: Pick<CameraService, 'list'>;
}

const tags = ['cameras'];
const tooOften = { 429: answer('Too many in a short time: wait a little') };
const withBody = { 400: badRequest, 413: badRequest, 415: badRequest };

export function cameraScanRoutes({ finder, cameras }: CameraScanParts): FastifyPluginAsyncZod {
  const shown = (state: ScanState): Scan => marked(state, cameras);
  return async (app) => {
    app.post('/cameras/scan', {
      config: { action: 'camera.probe' },
      schema: {
        tags,
        summary: 'Look for cameras on the networks of this server: a few seconds; ask with GET how it goes',
        body: scanRequestSchema,
        response: { 202: scanSchema, ...withBody, ...tooOften, ...always },
      },
      handler: async (request, reply) => {
        const state = finder.scan(request.body);
        if (!state) return sendProblem(reply, busyProblem);
        return reply.code(202).header('cache-control', 'no-store').send(shown(state));
      },
    });
    app.get('/cameras/scan', {
      config: { action: 'camera.probe' },
      schema: {
        tags,
        summary: 'The newest search, with what it has found so far',
        response: { 200: scanSchema, ...always },
      },
      handler: async (_request, reply) =>
        reply.header('cache-control', 'no-store').send(shown(finder.state())),
    });
    await app.register(streamsRoute(finder));
  };
}

function streamsRoute(finder: CameraFinder): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/cameras/scan/streams', {
      config: { action: 'camera.probe' },
      schema: {
        tags,
        summary: 'Ask a device what it is and which streams it has, or why it does not say',
        body: deviceStreamsRequestSchema,
        response: { 200: deviceStreamsSchema, ...withBody, ...tooOften, ...always },
      },
      handler: async (request, reply) => {
        noteForAudit(request, { detail: request.body.address });
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const told = await finder.streams(request.body, gone.signal);
        if (!told) return sendProblem(reply, busyProblem);
        return reply.header('cache-control', 'no-store').send(told);
      },
    });
  };
}

const busyProblem = problem(
  429,
  'too-many-searches',
  'Too many searches or questions to cameras in a short time. Wait a few seconds and try again.',
);

/** A camera is there already when one of its sources is at that address, by name or number. */
function marked(state: ScanState, cameras: CameraScanParts['cameras']): Scan {
  const byHost = new Map<string, string>();
  for (const { id, source, sub } of cameras.list()) {
    for (const one of [source, sub]) {
      const host = one?.kind === 'rtsp' ? hostOf(one.url) : undefined;
      if (host !== undefined && !byHost.has(host)) byHost.set(host, id);
    }
  }
  const devices = state.devices.map((device) => ({
    ...device,
    alreadyAdded: byHost.get(device.address) ?? null,
  }));
  return { ...state, devices };
}

/** @param url as it is shown: its login, if any, is `***` */
function hostOf(url: string): string | undefined {
  const match = /^rtsps?:\/\/(?:\*\*\*@)?(?:\[([^\]]+)\]|([^/:?#@]+))/i.exec(url);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
