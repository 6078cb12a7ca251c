/**
 * Which core runs what: the measured server has one of its own, so that it is not its clients that are measured.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** Of util-linux; where it is missing, nothing is pinned. */
const pinner = 'taskset';
export const serverCore = 0;
export const clientCore = 1;

/** Keeps all threads of a process on one core. Returns false where that cannot be done. */
export function pin(pid: number, core: number): boolean {
  if (availableParallelism() < 2) return false;
  try {
    execFileSync(pinner, ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What figures of this run depend on, in one line. */
export function machine(isPinned: boolean): string {
  const pinned = isPinned ? 'servers on one core, clients on another' : 'processes not pinned to cores';
  const [busy = 0] = loadavg();
  return `${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${busy.toFixed(1)} before; ${pinned}.`;
}
