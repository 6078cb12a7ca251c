/**
 * CPU time of any process, from Linux's /proc; elsewhere there is none, and figures become `-`.
 */
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second for user space, whatever the kernel's own clock. */
const tickMs = 10;
/** In /proc/<pid>/stat, after the name: state is the first (proc_pid_stat(5)). */
const userField = 11;
const systemField = 12;

/** User and system time of all its threads; NaN where /proc is missing or the process is gone. */
export function cpuMsOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name may hold anything, spaces and brackets too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[userField]) + Number(fields[systemField])) * tickMs;
  } catch {
    return Number.NaN;
  }
}

/** Says once why figures are missing. */
export function noteMissingProc(): void {
  if (Number.isNaN(cpuMsOf(process.pid))) {
    console.log('Note: this system has no /proc; CPU time and memory of the server are not measured.');
  }
}
