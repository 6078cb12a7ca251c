/**
 * How long the event loop of another Node process is held up, read through its inspector, which SIGUSR1 opens.
 */
import { WebSocket } from 'ws';

/** The histogram's own timer; a loop that does nothing reads about as much. */
const resolutionMs = 10;
/** Where Node opens its inspector when told by the signal. */
const inspectorUrl = 'http://127.0.0.1:9229/json/list';
const openedWithinMs = 3000;
const pollMs = 50;

export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

export class LoopMeter {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** Undefined when it is no Node process, or another process has that port. */
  static async open(pid: number): Promise<LoopMeter | undefined> {
    process.kill(pid, 'SIGUSR1');
    const deadlineMs = performance.now() + openedWithinMs;
    while (performance.now() < deadlineMs) {
      const url = await inspectorOf();
      if (url) {
        const meter = new LoopMeter(url);
        return (await meter.#evaluate('process.pid')) === pid ? meter : undefined;
      }
      await new Promise((wake) => setTimeout(wake, pollMs));
    }
    return undefined;
  }

  /** Begins anew. */
  async reset(): Promise<void> {
    await this.#evaluate(
      `{ globalThis.benchDelay ??= process.getBuiltinModule('node:perf_hooks')` +
        `.monitorEventLoopDelay({ resolution: ${resolutionMs} }); benchDelay.enable(); benchDelay.reset(); }`,
    );
  }

  /** Since the reset; what the timer itself takes is subtracted. */
  async read(): Promise<LoopDelay> {
    const text = await this.#evaluate(
      'JSON.stringify([benchDelay.percentile(50), benchDelay.percentile(99), benchDelay.max])',
    );
    const [p50 = Number.NaN, p99 = Number.NaN, most = Number.NaN] = JSON.parse(String(text)) as number[];
    return { p50Ms: heldMs(p50), p99Ms: heldMs(p99), mostMs: heldMs(most) };
  }

  #evaluate(expression: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url);
      const timer = setTimeout(() => socket.terminate(), openedWithinMs);
      const params = { expression, returnByValue: true };
      socket.on('open', () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params })));
      socket.on('message', (data: Buffer) => {
        const answer = JSON.parse(data.toString()) as { result?: { result?: { value?: unknown } } };
        resolve(answer.result?.result?.value);
        socket.close();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        clearTimeout(timer);
        reject(new Error('the inspector did not answer'));
      });
    });
  }
}

function heldMs(intervalNs: number): number {
  return Math.max(0, intervalNs / 1e6 - resolutionMs);
}

async function inspectorOf(): Promise<string | undefined> {
  try {
    const targets = (await (await fetch(inspectorUrl)).json()) as { webSocketDebuggerUrl?: string }[];
    return targets[0]?.webSocketDebuggerUrl;
  } catch {
    return undefined;
  }
}
