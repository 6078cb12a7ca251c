/**
 * What a process holds: memory, open files, sockets, child processes. From Linux's /proc.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface ProcessFigures {
  /** Resident memory, MB of 10^6 bytes. */
  readonly rssMb: number;
  /** Open file descriptors of every kind. */
  readonly fds: number;
  /** Those of them that are sockets. */
  readonly sockets: number;
  /** Pids of its children and their children, without zombies. */
  readonly children: readonly number[];
}

/** Undefined where there is no /proc, and when the process is gone. */
export function readProcess(pid: number): ProcessFigures | undefined {
  try {
    const targets = openFiles(pid);
    return {
      rssMb: rssMbOf(pid),
      fds: targets.length,
      sockets: targets.filter((target) => target.startsWith('socket:')).length,
      children: descendants(pid),
    };
  } catch {
    return undefined;
  }
}

function rssMbOf(pid: number): number {
  const kilobytes = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}

/** What each descriptor leads to; one that is closed meanwhile is left out. */
function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(name);
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const found = new Set([pid]);
  // Children have larger pids than their parents, except after a wrap: twice finds grandchildren then as well.
  for (let round = 0; round < 2; round += 1) {
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found];
}

/** Undefined for zombies and for what ended meanwhile. */
function parentOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined;
  }
}
