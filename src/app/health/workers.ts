/**
 * The processes and threads beside the server: how they are, what they use.
 */
import type { WorkerStatus } from '../../api/contract/system-health.ts';
import { processUse } from '../../io/machine.ts';
import type { Restarts } from '../../io/worker/restarts.ts';
import type { MediaWorker } from '../../processing/media-worker.ts';
import type { WebRtcOutput } from '../../outputs/webrtc/output.ts';

export interface WorkerSources {
  readonly media: Pick<MediaWorker, 'status' | 'pid' | 'restarts'>;
  readonly webrtc: () => WebRtcOutput['workers'];
}

type Uses = Map<number, { readonly cpuMs: number; readonly atMs: number }>;
type State = { readonly state: WorkerStatus['state']; readonly reason?: string };
const hourMs = 3_600_000;

export class WorkerWatch {
  readonly #sources: WorkerSources;
  #before: Uses = new Map();

  constructor(sources: WorkerSources) {
    this.#sources = sources;
  }

  /** @param atMs of the monotonic clock @param answerMs of the database; null: it does not answer */
  look(atMs: number, answerMs: number | null): WorkerStatus[] {
    const { media, webrtc } = this.#sources;
    const before = this.#before;
    this.#before = new Map();
    const child = (
      name: string,
      kind: 'media' | 'webrtc',
      state: State,
      { pid, restarts }: { readonly pid: number | undefined; readonly restarts: Restarts },
    ): WorkerStatus => ({
      name,
      kind,
      state: state.state,
      reason: state.reason ?? null,
      pid: pid ?? null,
      restarts: restarts.total,
      restartsLastHour: restarts.since(atMs - hourMs),
      answerMs: null,
      ...this.#use(pid, atMs, before),
    });
    const rtc = webrtc();
    return [
      child('Media worker', 'media', media.status(), media),
      ...rtc.map((worker, i) => {
        return child(
          rtc.length > 1 ? `WebRTC worker ${i + 1}` : 'WebRTC worker',
          'webrtc',
          worker.status(),
          worker,
        );
      }),
      {
        name: 'Database',
        kind: 'database',
        state: answerMs === null ? 'failed' : 'ready',
        reason: answerMs === null ? 'It does not answer.' : null,
        pid: null,
        restarts: 0,
        restartsLastHour: 0,
        rssBytes: null,
        cores: null,
        answerMs,
      },
    ];
  }

  #use(pid: number | undefined, atMs: number, before: Uses) {
    const use = pid === undefined ? undefined : processUse(pid);
    if (pid === undefined || !use) return { rssBytes: null, cores: null };
    this.#before.set(pid, { cpuMs: use.cpuMs, atMs });
    const last = before.get(pid);
    const cores = last && atMs > last.atMs ? (use.cpuMs - last.cpuMs) / (atMs - last.atMs) : null;
    return { rssBytes: use.rssBytes, cores };
  }
}
