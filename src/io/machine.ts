/**
 * What this process and its machine use: processor, memory, files, the delay of the event loop.
 *
 * In:  a look every few seconds. Out: means since the look before. Reads the counters that the system keeps anyway, a
 * few of them from `/proc` on Linux; what a system does not tell is null. Never throws.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

export interface MachineLook {
  readonly cpu: {
    /** Cores that this process kept busy: 1 is one of them. */
    readonly processCores: number;
    /** Of the whole machine, 0 to 1. */
    readonly machineShare: number;
    /** Of each core, 0 to 1. */
    readonly coreShares: readonly number[];
    /** Mean of the last minute; 0 on Windows. */
    readonly load1: number;
  };
  readonly memory: {
    readonly rssBytes: number;
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
    readonly machineTotalBytes: number;
    /** Could be had without anybody suffering. */
    readonly machineFreeBytes: number;
  };
  readonly eventLoop: {
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
    /** Of its time, 0 to 1. */
    readonly busyShare: number;
  };
  readonly files: {
    readonly open: number | null;
    readonly limit: number | null;
    /** Network connections, both ways. */
    readonly sockets: number;
  };
}

/** A timer of so many milliseconds is watched: what it is late is the delay. */
const resolutionMs = 20;
/** Clock ticks of `/proc`: 100 a second on every Linux that Node runs on. */
const ticksPerSecond = 100;
/** Of memory in `/proc/<pid>/statm`; on systems with larger pages it is told too low. */
const pageBytes = 4096;

interface CoreTimes {
  readonly busyMs: number;
  readonly allMs: number;
}

export class MachineMeter {
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs });
  #cpu = process.cpuUsage();
  #cores = coreTimes();
  #atMs = performance.now();
  #loop = performance.eventLoopUtilization();
  readonly #fileLimit = readFileLimit();

  constructor() {
    this.#delay.enable();
  }

  look(): MachineLook {
    const atMs = performance.now();
    const used = process.cpuUsage(this.#cpu);
    const cores = coreTimes();
    const loop = performance.eventLoopUtilization();
    const passedMs = Math.max(1, atMs - this.#atMs);
    const shares = cores.map((core, i) => shareSince(core, this.#cores[i]));
    const look: MachineLook = {
      cpu: {
        processCores: (used.user + used.system) / 1000 / passedMs,
        machineShare: shares.length === 0 ? 0 : shares.reduce((sum, one) => sum + one, 0) / shares.length,
        coreShares: shares,
        load1: loadavg()[0] ?? 0,
      },
      memory: memoryNow(),
      eventLoop: {
        ...this.#delays(),
        busyShare: performance.eventLoopUtilization(loop, this.#loop).utilization,
      },
      files: { open: openFiles(), limit: this.#fileLimit, sockets: openSockets() },
    };
    this.#cpu = process.cpuUsage();
    this.#cores = cores;
    this.#atMs = atMs;
    this.#loop = loop;
    this.#delay.reset();
    return look;
  }

  close(): void {
    this.#delay.disable();
  }

  /** Beyond the interval of the timer itself. An interval without a turn has no figures. */
  #delays(): { p50Ms: number; p99Ms: number; maxMs: number } {
    const { max } = this.#delay;
    return {
      p50Ms: late(this.#delay.percentile(50)),
      p99Ms: late(this.#delay.percentile(99)),
      maxMs: late(max),
    };
  }
}

const late = (ns: number) => Math.max(0, (Number.isFinite(ns) ? ns : 0) / 1e6 - resolutionMs);

/** What another process uses. */
export interface ProcessUse {
  readonly rssBytes: number;
  /** Since it began. */
  readonly cpuMs: number;
}

/** Undefined where the system does not tell, or there is no such process. */
export function processUse(pid: number): ProcessUse | undefined {
  try {
    // The name in brackets may hold spaces (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return { rssBytes: pages * pageBytes, cpuMs: (ticks * 1000) / ticksPerSecond };
  } catch {
    return undefined;
  }
}

function coreTimes(): readonly CoreTimes[] {
  return cpus().map(({ times: { user, nice, sys, irq, idle } }) => {
    const busyMs = user + nice + sys + irq;
    return { busyMs, allMs: busyMs + idle };
  });
}

function shareSince(now: CoreTimes, before: CoreTimes | undefined): number {
  const all = now.allMs - (before?.allMs ?? 0);
  return all <= 0 ? 0 : Math.min(1, Math.max(0, (now.busyMs - (before?.busyMs ?? 0)) / all));
}

function memoryNow(): MachineLook['memory'] {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    machineTotalBytes: totalmem(),
    machineFreeBytes: freemem(),
  };
}

function openFiles(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}

function readFileLimit(): number | null {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return found ? Number(found[1]) : null;
  } catch {
    return null;
  }
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocketWrap')).length;
}
