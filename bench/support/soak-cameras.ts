/**
 * The cameras of a soak: the demo camera, H.264 with sound, H.265, and one that loses power from time to time.
 */
import type { Camera } from '../../src/api/contract/cameras.ts';
import type { GstMedia, GstRtsp } from '../../test/rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../../test/rigs/gstreamer-rtsp.ts';
import type { RunningServer } from '../../test/support/server.ts';

export interface SoakCamera {
  readonly id: string;
  readonly name: string;
  /** Path up to the file names. */
  readonly base: string;
  /** Since when it sends, Unix ms; undefined while it is without power. */
  upSinceMs: number | undefined;
}

const media: readonly { readonly name: string; readonly media: GstMedia }[] = [
  { name: 'H.264 and AAC', media: { video: 'h264', audio: 'aac', bitrateKbps: 1000 } },
  { name: 'H.265', media: { video: 'h265' } },
  { name: 'power cuts', media: { video: 'h264', bitrateKbps: 1000 } },
];

export class SoakCameras {
  readonly cameras: readonly SoakCamera[];
  readonly #server: RunningServer;
  readonly #rigs: GstRtsp[];
  #stopped = false;

  private constructor(server: RunningServer, cameras: SoakCamera[], rigs: GstRtsp[]) {
    this.#server = server;
    this.cameras = cameras;
    this.#rigs = rigs;
  }

  /** Adds them to a new server, which has its demo camera already. @param closeAfterMs of every camera */
  static async start(server: RunningServer, closeAfterMs: number): Promise<SoakCameras> {
    const { body } = await server.api<Camera[]>('GET', '/api/v1/cameras');
    const demo = body.find(({ source }) => source?.kind === 'demo');
    if (!demo) throw new Error('a new server without a demo camera');
    await server.api('PATCH', `/api/v1/cameras/${demo.id}`, { closeAfterMs });
    const cameras = [described(demo.id, 'demo')];
    const rigs: GstRtsp[] = [];
    try {
      for (const { name, media: each } of media) {
        const rig = await startGstRtsp({ media: each });
        rigs.push(rig);
        const source = { kind: 'rtsp', url: rig.url, transport: 'tcp' };
        const { id } = await server.addCamera({ name, source, closeAfterMs });
        cameras.push(described(id, name));
      }
    } catch (error) {
      await Promise.all(rigs.map((rig) => rig.kill()));
      throw error;
    }
    return new SoakCameras(server, cameras, rigs);
  }

  /** The last camera is without power for `offMs`; resolves when the server shows it live again. */
  async cutPower(offMs: number): Promise<void> {
    const camera = this.cameras.at(-1);
    const rig = this.#rigs.at(-1);
    if (!camera || !rig) throw new Error('no camera to cut');
    camera.upSinceMs = undefined;
    await rig.kill();
    await new Promise((wake) => setTimeout(wake, offMs));
    const restarted = await rig.restart();
    if (this.#stopped) return restarted.kill();
    this.#rigs[this.#rigs.length - 1] = restarted;
    // Retries are at most 30 s apart.
    await this.#server.waitFor(camera.id, 'live again', ({ status }) => status.state === 'live', 60_000);
    camera.upSinceMs = Date.now();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#rigs.map((rig) => rig.kill()));
  }
}

function described(id: string, name: string): SoakCamera {
  return { id, name, base: `/hls/${id}/`, upSinceMs: Date.now() };
}
