/**
 * What viewers cost a server, in a table that explains itself; the same for every way out.
 */
import { figure, printTable, ratio } from './table.ts';

export interface ViewerCost {
  readonly subject: string;
  readonly viewers: number;
  readonly seconds: number;
  /** What all of them got. */
  readonly bytes: number;
  readonly pictures: number;
  /** Of the server; NaN when its process is not known. */
  readonly cpuMs: number;
  /** Of the process that the viewers are in. */
  readonly clientCpuMs: number;
  /** In words; empty for nothing. */
  readonly lost: readonly string[];
  /** More columns, as the table's header names them. */
  readonly more?: readonly string[];
}

export interface Plan<T> {
  readonly subjects: readonly T[];
  /** For example `1,50,200`. */
  readonly viewers: string;
  /** Subjects take turns in each: what else the machine does hits all of them. */
  readonly rounds: number;
  readonly measure: (subject: T, viewers: number) => Promise<ViewerCost>;
}

/** @returns for each number of viewers and subject the round of median cost, with what was lost in any. */
export async function measureAll<T>({ subjects, viewers, rounds, measure }: Plan<T>): Promise<ViewerCost[]> {
  const costs: ViewerCost[] = [];
  for (const count of viewers.split(',').map(Number)) {
    const measured: ViewerCost[][] = subjects.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, subject] of subjects.entries()) measured[index]?.push(await measure(subject, count));
    }
    costs.push(...measured.flatMap(ofMedianCost));
  }
  return costs;
}

function ofMedianCost(rounds: readonly ViewerCost[]): ViewerCost[] {
  const sorted = rounds.toSorted((left, right) => left.cpuMs / left.bytes - right.cpuMs / right.bytes);
  const median = sorted[(sorted.length - 1) >> 1];
  return median ? [{ ...median, lost: [...new Set(rounds.flatMap(({ lost }) => lost))] }] : [];
}

export interface CostTable {
  readonly costs: readonly ViewerCost[];
  /** Name of the subject that others are compared with. */
  readonly baseline: string;
  /** CPU of each subject while nobody watches, ms a second. */
  readonly idleCpuMs: ReadonlyMap<string, number>;
  readonly more?: readonly string[];
}

/** Of the camera that is told about. */
const viewerMbps = 4;

const megabits = (bytes: number): number => (bytes * 8) / 1e6;

export function printViewerCosts({ costs, baseline, idleCpuMs, more = [] }: CostTable): void {
  console.log(
    `\nOver the loopback, ${figure(costs[0]?.seconds ?? Number.NaN)} s each. "Viewers per core" is extrapolated from CPU ` +
      'for each delivered Gbit: how many viewers of 4 Mbit/s\none core would serve if cost grew in proportion. "To" ' +
      'compares that with the baseline, with all that the server does; "fan-out" is without\nwhat it costs while nobody ' +
      'watches (it reads its camera, and the baseline has none). "Clients": how much of their core the viewers use;\n' +
      'near 100 they hold the server up. "Late" pictures are not lost: a machine with other work has no time for them.',
  );
  const header = ['viewers', 'Mbit/s each', '% of a core', 'ms CPU / Gbit', 'us / picture, viewer'];
  const ratios = ['viewers per core', `to ${baseline}`, 'fan-out'];
  printTable(
    [...header, ...ratios, ...more, 'clients %', 'lost'],
    costs.map((cost) => {
      const compared = costs.find(({ subject, viewers }) => subject === baseline && viewers === cost.viewers);
      return row(cost, compared, idleCpuMs);
    }),
  );
}

function row(
  cost: ViewerCost,
  compared: ViewerCost | undefined,
  idleCpuMs: ReadonlyMap<string, number>,
): string[] {
  const { viewers, seconds, cpuMs, bytes, pictures, clientCpuMs, lost, more = [] } = cost;
  const whole = (of: ViewerCost | undefined): number => (of ? of.cpuMs / megabits(of.bytes) : Number.NaN);
  const idle = (of: ViewerCost | undefined): number =>
    of ? ((idleCpuMs.get(of.subject) ?? 0) * of.seconds) / megabits(of.bytes) : 0;
  return [
    `${viewers}, ${cost.subject}`,
    figure(megabits(bytes) / seconds / viewers),
    figure(cpuMs / seconds / 10),
    figure(whole(cost) * 1000),
    figure((cpuMs * 1000) / pictures),
    figure(1000 / (whole(cost) * viewerMbps)),
    ratio(whole(compared), whole(cost)),
    ratio(whole(compared) - idle(compared), whole(cost) - idle(cost)),
    ...more,
    figure(clientCpuMs / seconds / 10),
    lost.length === 0 ? 'nothing' : lost.join('; '),
  ];
}

/** CPU of servers that nobody watches, ms a second, by name. @param subjects with the CPU each has used so far */
export async function measureIdle(
  subjects: readonly { readonly name: string; readonly cpuMs: () => number }[],
  seconds: number,
): Promise<ReadonlyMap<string, number>> {
  const before = subjects.map(({ cpuMs }) => cpuMs());
  await new Promise((wake) => setTimeout(wake, seconds * 1000));
  const idle = new Map(
    subjects.map(({ name, cpuMs }, index) => [name, (cpuMs() - (before[index] ?? Number.NaN)) / seconds]),
  );
  const told = [...idle].map(([name, ms]) => `${name} ${figure(ms / 10)} % of a core`);
  console.log(`While nobody watches: ${told.join(', ')}.`);
  return idle;
}
