/**
 * Keys, tokens, devices and links of the running server. In: settings, the database, people. Out: what the API and the
 * RTSP server ask of them, and the leases of what lasts.
 */
import { localOperator } from '../accounts/access.ts';
import type { Machines } from '../accounts/machines.ts';
import { openMachines } from '../accounts/machines.ts';
import { authenticateBy } from '../api/authenticate.ts';
import { Leases } from '../api/leases.ts';
import { machineWay, orShare } from '../api/machine-ways.ts';
import type { MachinesApi } from '../api/machines.ts';
import type { Authenticate } from '../api/policy.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Database } from '../database/database.ts';
import type { Random } from '../io/random.ts';
import type { SecretBox } from '../io/secret-box.ts';
import type { Settings } from '../settings/schema.ts';
import type { RunningAccounts } from './accounts.ts';

interface Parts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly database: Database;
  readonly secrets: SecretBox;
}

export interface RunningMachines {
  readonly machines: Machines;
  readonly leases: Leases;
  /** For the API. */
  readonly parts: {
    readonly machines: MachinesApi;
    readonly leases: Leases;
    readonly authenticate: Authenticate;
  };
  close(): void;
}

/** @param people absent on a server without accounts */
export async function startMachines(
  { clock, log, random, database, secrets }: Parts,
  settings: Settings,
  people: RunningAccounts | undefined,
): Promise<RunningMachines> {
  const machines = await openMachines(
    { clock, log, random, queries: database.queries, box: secrets },
    { people: people?.accounts, declaredDevices: settings.rtsp.users },
  );
  const leases = new Leases(clock, people?.accounts);
  const userName = (id: string): string => people?.accounts.user(id)?.name ?? id;
  // Without accounts whoever reaches this server may do everything.
  const authenticate: Authenticate = people
    ? authenticateBy([machineWay(machines), orShare(people.ways, machines)])
    : () => localOperator;
  return {
    machines,
    leases,
    parts: { machines: { ...machines, userName }, leases, authenticate },
    close: () => leases.close(),
  };
}
