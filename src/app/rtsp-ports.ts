/**
 * The ports of the RTSP server: listened on now, or as soon as they are free; opened, moved and closed while it runs.
 *
 * In:  what is set. Out: ports that listen. Promise: whoever is connected when a port moves stays connected.
 */
import { readFile } from 'node:fs/promises';
import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { RtspOptions } from '../outputs/rtsp/options.ts';
import type { ListenOptions, RtspOutput, TlsPair } from '../outputs/rtsp/output.ts';
import { StartFault } from '../settings/start-fault.ts';

interface RtspPortsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly output: Pick<RtspOutput, 'listen' | 'unlisten' | 'renew' | 'endAll'>;
  /** As it is now. */
  readonly host: () => string;
  /** As they are now. */
  readonly options: RtspOptions;
  /** That this server listens on; ours are in it while they are open. */
  readonly ports: number[];
  /** The certificate of https, for RTSPS without one of its own; told again when it changes. */
  readonly certificate: (onChange: (renewed: TlsPair) => void) => Promise<TlsPair>;
  readonly onPorts: (ports: { rtspPort: number | undefined; rtspsPort: number | undefined }) => void;
}

/** A port that another program has is tried again this often: RTSP comes as soon as that program ends. */
const portAgainMs = 5000;

export class RtspPorts {
  readonly #parts: RtspPortsParts;
  #plain: Listener | undefined;
  #tls: Listener | undefined;
  /** As it is now; undefined until it is asked for. */
  #shared: TlsPair | undefined;

  constructor(parts: RtspPortsParts) {
    this.#parts = parts;
  }

  /** Makes it as it is set. Throws a `StartFault` for what waiting does not mend. */
  async follow(): Promise<void> {
    const { options, output } = this.#parts;
    const host = this.#parts.host();
    if (!options.enabled) {
      this.close();
      output.endAll('RTSP was switched off.');
      return;
    }
    if (this.#plain?.wanted.port !== options.port || this.#plain.wanted.host !== host) {
      this.#plain?.stop();
      this.#plain = this.#listener({ host, port: options.port, setting: 'rtsp.port' });
      await this.#plain.start();
    }
    if (options.tls && this.#tls?.wanted.host !== host) {
      this.#tls?.stop();
      const { port } = options.tls;
      const tls = await this.#pair(options.tls);
      this.#tls = this.#listener({ host, port, tls, setting: 'rtsp.tls.port' });
      await this.#tls.start();
    }
  }

  /** Nobody new comes; whoever is there stays. */
  close(): void {
    this.#plain?.stop();
    this.#tls?.stop();
    this.#plain = undefined;
    this.#tls = undefined;
    this.#tell();
  }

  async #pair({ certificate, key }: TlsFiles): Promise<TlsPair> {
    if (certificate !== undefined && key !== undefined) {
      return {
        certificate: await readPem(certificate, 'rtsp.tls.certificate'),
        key: await readPem(key, 'rtsp.tls.key'),
      };
    }
    this.#shared ??= await this.#parts.certificate((renewed) => {
      this.#shared = renewed;
      this.#tls?.renew(renewed);
    });
    return this.#shared;
  }

  #listener(wanted: Wanted): Listener {
    return new Listener(this.#parts, wanted, () => this.#tell());
  }

  #tell(): void {
    this.#parts.onPorts({ rtspPort: this.#plain?.port, rtspsPort: this.#tls?.port });
  }
}

type TlsFiles = NonNullable<RtspOptions['tls']>;
type Wanted = ListenOptions & { readonly setting: string };

class Listener {
  wanted: Wanted;
  readonly #parts: RtspPortsParts;
  readonly #onPort: () => void;
  #port: number | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: RtspPortsParts, wanted: Wanted, onPort: () => void) {
    this.#parts = parts;
    this.wanted = wanted;
    this.#onPort = onPort;
  }

  /** That it listens on; undefined while another program has it. */
  get port(): number | undefined {
    return this.#port;
  }

  async start(): Promise<void> {
    const fault = await this.#try();
    if (fault === undefined) return;
    const { host, port, setting } = this.wanted;
    if (fault !== 'EADDRINUSE') {
      throw new StartFault(`RTSP cannot listen on ${host}, port ${port}: ${fault}. Set another ${setting}.`);
    }
    const advice = `RTSP waits for port ${port}, which another program uses: end it, or set another ${setting}`;
    this.#parts.log.warn(advice, { host });
    this.#tryLater();
  }

  /** Also for a port that is waited for. */
  renew(tls: TlsPair): void {
    this.wanted = { ...this.wanted, tls };
    if (this.#port !== undefined) this.#parts.output.renew(this.#port, tls);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    if (this.#port !== undefined) this.#leave(this.#port);
    this.#port = undefined;
  }

  #tryLater(): void {
    this.#timer = this.#parts.clock.after(portAgainMs, () => {
      void this.#try().then((fault) => {
        if (this.#stopped) return;
        if (fault === undefined) this.#parts.log.info('RTSP is ready', { port: this.wanted.port });
        else this.#tryLater();
      });
    });
  }

  /** Why not; undefined when it listens. */
  async #try(): Promise<string | undefined> {
    const port = await this.#parts.output.listen(this.wanted);
    if (!port.ok) return port.error;
    this.#parts.ports.push(port.value);
    if (this.#stopped) this.#leave(port.value);
    else this.#port = port.value;
    this.#onPort();
    return undefined;
  }

  #leave(port: number): void {
    const { output, ports } = this.#parts;
    output.unlisten(port);
    const index = ports.indexOf(port);
    if (index >= 0) ports.splice(index, 1);
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
