/**
 * Which process listens on a TCP port of this machine, and how many are connected to it, from Linux's /proc: to measure
 * a server we did not start.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

const listening = '0A';
const established = '01';
/** Columns of /proc/net/tcp (proc_net(5)). */
const localColumn = 1;
const stateColumn = 3;
const inodeColumn = 9;

/** Undefined when nobody does, or it is a process that we may not look into. */
export function pidOfListener(port: number): number | undefined {
  const inodes = new Set(socketsOf(port, listening).map((columns) => columns[inodeColumn]));
  if (inodes.size === 0) return undefined;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => sockets(pid).some((inode) => inodes.has(inode)));
}

/** Connections that the server has not closed. */
export function connectionsTo(port: number): number {
  return socketsOf(port, established).length;
}

function socketsOf(port: number, state: string): string[][] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap(readLines)
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[stateColumn] === state && columns[localColumn]?.endsWith(wanted));
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n');
  } catch {
    return [];
  }
}

function sockets(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode ? [inode] : [];
    });
  } catch {
    return [];
  }
}
