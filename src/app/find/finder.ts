/**
 * Finds cameras for whoever adds one: searches the networks of this machine, and asks devices for their streams.
 *
 * Promises: one search at a time, of at most `scanMs`; a bounded number of questions at one time and in a minute, so that
 * nobody makes this server a scanner of ports or a guesser of passwords.
 */
import type { CameraFinder, ScanState } from '../../api/routes/camera-scan.ts';
import type { DeviceStreams, DeviceStreamsRequest, ScanRequest } from '../../api/contract/camera-scan.ts';
import type { FoundDevice } from '../../onvif/discovery.ts';
import { discover } from '../../onvif/discovery.ts';
import { ownAddress } from '../../onvif/own-address.ts';
import { shownWords } from '../../onvif/words.ts';
import { askDevice } from './ask-device.ts';
import type { AskParts } from './ask-device.ts';
import type { Knocked } from './knock.ts';
import { knock } from './knock.ts';
import type { OwnNetwork } from './networks.ts';
import { knockTargets } from './networks.ts';

export interface FinderParts extends AskParts {
  readonly networks: () => readonly OwnNetwork[];
}

type Found = ScanState['devices'][number];

/** Cameras answer within two seconds, and are asked three times. */
const discoveryMs = 4000;
/** Whoever waits for a search that takes longer thinks that it hangs. */
const scanMs = 8000;
/** Each puts hundreds of packets on the network. */
const maxScansInMinute = 10;
/** With typing errors, of one person who sets up many cameras; and far fewer than guessing passwords takes. */
const maxQuestionsInMinute = 30;
const maxQuestionsAtOnce = 4;
/** Longer than all questions to a slow device, shorter than people wait. */
const questionMs = 25_000;
const maxKnocked = 512;

export class Finder implements CameraFinder {
  readonly #parts: FinderParts;
  readonly #scans: Budget;
  readonly #questions: Budget;
  readonly #closed = new AbortController();
  #asking = 0;
  #running = false;
  #startedMs: number | null = null;
  #networks: readonly OwnNetwork[] = [];
  #knocked: readonly string[] = [];
  #devices = new Map<string, Found>();

  constructor(parts: FinderParts) {
    this.#parts = parts;
    this.#scans = new Budget(parts, maxScansInMinute);
    this.#questions = new Budget(parts, maxQuestionsInMinute);
  }

  state(): ScanState {
    const byOnvif = new Set<string>();
    for (const { kind, address } of this.#devices.values()) if (kind === 'onvif') byOnvif.add(address);
    const devices = [...this.#devices.values()]
      // The same camera, heard twice.
      .filter(({ kind, address }) => kind === 'onvif' || !byOnvif.has(address))
      .toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }));
    return {
      state: this.#running ? 'running' : this.#startedMs === null ? 'none' : 'done',
      startedMs: this.#startedMs,
      devices,
      networks: this.#networks.map(({ cidr }) => cidr),
      knocked: [...this.#knocked],
    };
  }

  scan({ rtsp }: ScanRequest): ScanState | undefined {
    if (this.#running) return this.state();
    if (!this.#scans.take()) return undefined;
    this.#running = true;
    this.#startedMs = this.#parts.clock.nowMs();
    this.#devices = new Map();
    void this.#search(rtsp).finally(() => (this.#running = false));
    return this.state();
  }

  async streams(wanted: DeviceStreamsRequest, gone: AbortSignal): Promise<DeviceStreams | undefined> {
    if (this.#asking >= maxQuestionsAtOnce || !this.#questions.take()) return undefined;
    this.#asking += 1;
    const late = new AbortController();
    const timer = this.#parts.clock.after(questionMs, () => late.abort());
    try {
      const signal = AbortSignal.any([gone, late.signal, this.#closed.signal]);
      return await askDevice(this.#parts, wanted, signal);
    } finally {
      timer.cancel();
      this.#asking -= 1;
    }
  }

  close(): void {
    this.#closed.abort();
  }

  async #search(rtsp: boolean): Promise<void> {
    const late = new AbortController();
    const timer = this.#parts.clock.after(scanMs, () => late.abort());
    const signal = AbortSignal.any([late.signal, this.#closed.signal]);
    this.#networks = await this.#searchable();
    const targets = knockTargets(rtsp ? this.#networks : []);
    this.#knocked = targets.networks;
    const discovery = discover({
      ...this.#parts,
      addresses: this.#networks.map(({ address }) => address),
      lastsMs: discoveryMs,
      signal,
      onDevice: (device) => this.#add(ofDevice(device)),
    });
    const onFound = (found: Knocked): void => {
      if (this.#devices.size < maxKnocked) this.#add(ofKnock(found));
    };
    await Promise.all([discovery, knock({ ...this.#parts, hosts: targets.hosts, signal, onFound })]);
    timer.cancel();
  }

  /** This machine itself is one of the networks only when cameras on it are allowed. */
  async #searchable(): Promise<readonly OwnNetwork[]> {
    const { networks, policy } = this.#parts;
    const own = await policy.check('127.0.0.1', 1);
    return networks().filter(({ isLoopback }) => !isLoopback || own.ok);
  }

  #add(found: Found): void {
    this.#devices.set(`${found.kind} ${found.ask}`, found);
  }
}

/** So many in a minute; what is over is refused. */
class Budget {
  readonly #parts: Pick<FinderParts, 'clock'>;
  readonly #perMinute: number;
  #taken: number[] = [];

  constructor(parts: Pick<FinderParts, 'clock'>, perMinute: number) {
    this.#parts = parts;
    this.#perMinute = perMinute;
  }

  take(): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#taken = this.#taken.filter((atMs) => nowMs - atMs < 60_000);
    if (this.#taken.length >= this.#perMinute) return false;
    this.#taken.push(nowMs);
    return true;
  }
}

/** Asked where it answered, whatever it believes. */
function ofDevice({ address, name, hardware, location, xaddrs }: FoundDevice): Found {
  const own = xaddrs.map((xaddr) => ownAddress(xaddr, address, ['http:', 'https:']));
  const ask = (own.find((one) => one && one.named === undefined) ?? own[0])?.url ?? address;
  return { kind: 'onvif', address, ask, name, hardware, location, xaddrs: [...xaddrs] };
}

function ofKnock({ host, port, server }: Knocked): Found {
  const hardware = shownWords(server);
  return {
    kind: 'rtsp',
    address: host,
    ask: `${host}:${port}`,
    name: '',
    hardware,
    location: '',
    xaddrs: [],
  };
}
