/**
 * What the operating system knows of a process (Linux, /proc).
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Process ids of the children that run `program` (a part of its path), grandchildren not included. */
export function childrenOf(pid: number, program: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => parentOf(id) === pid && commandOf(id).includes(program));
}

export function isAlive(pid: number): boolean {
  const state = fields(pid)?.[0];
  return state !== undefined && state !== 'Z';
}

/** Memory that is in use, in bytes. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

/** Files and sockets that are open. */
export function openFiles(pid: number): number {
  return targetsOf(pid).length;
}

/** The same without connections of clients to this port: they stay open for the next request. */
export function openFilesBesides(pid: number, port: number): number {
  const ofClients = new Set(
    sockets('tcp')
      .filter((socket) => socket.port === port)
      .map(({ link }) => link),
  );
  return targetsOf(pid).filter((target) => !ofClients.has(target)).length;
}

/** UDP ports the process has bound, IPv4. */
export function udpPorts(pid: number): readonly number[] {
  return ownPorts(pid, 'udp');
}

/** TCP ports of the process, IPv4: those it listens on, and of connections it has. */
export function tcpPorts(pid: number): readonly number[] {
  return ownPorts(pid, 'tcp');
}

function ownPorts(pid: number, protocol: 'tcp' | 'udp'): readonly number[] {
  const targets = new Set(targetsOf(pid));
  return sockets(protocol)
    .filter(({ link }) => targets.has(link))
    .map(({ port }) => port);
}

/** IPv4 sockets of this machine: their own port, and what a descriptor of them points to. */
function sockets(protocol: 'tcp' | 'udp'): readonly { readonly port: number; readonly link: string }[] {
  const rows = readFileSync(`/proc/net/${protocol}`, 'utf8').trim().split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .map((columns) => ({
      port: Number.parseInt(columns[1]?.split(':')[1] ?? '0', 16),
      link: `socket:[${columns[9]}]`,
    }));
}

function targetsOf(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).map((name) => linkOf(`/proc/${pid}/fd/${name}`));
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed in between
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended in between
  }
}

function parentOf(pid: number): number | undefined {
  const parent = fields(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Of /proc/{pid}/stat, what follows the name: state, parent, … */
function fields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
