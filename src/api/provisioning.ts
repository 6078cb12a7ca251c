/**
 * Many cameras as another system wants them, found by external id: what has to be done, and what is told of it.
 */
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ProvisionReport, ProvisionRequest, Provisioned } from './contract/provisioning.ts';
import type { Known } from './known-camera.ts';
import type { PlanError, PlanWays, PlannedCamera } from './provision-plan.ts';
import { planCameras } from './provision-plan.ts';

/** Why nothing was changed. */
export type ProvisionRefusal =
  | { readonly kind: 'wrong'; readonly errors: readonly PlanError[] }
  | { readonly kind: 'too-many-cameras' | 'confirm-needed'; readonly message: string };

export interface Provisioning {
  readonly cameras: readonly PlannedCamera[];
  readonly removed: readonly Known[];
}

export function planProvisioning(
  request: ProvisionRequest,
  ways: Omit<PlanWays, 'find' | 'declaredAs'>,
  maxCameras: number,
): Result<Provisioning, ProvisionRefusal> {
  const owners = new Map(Array.from(ways.known.values(), (known) => [known.stored.externalId, known]));
  const find: PlanWays['find'] = ({ externalId }) =>
    externalId === undefined ? undefined : owners.get(externalId);
  const { cameras, errors } = planCameras(request.cameras, { ...ways, find, declaredAs: () => null });
  if (errors.length > 0) return err({ kind: 'wrong', errors });
  const removed = request.prune ? unlisted(request, ways) : [];
  const added = cameras.filter(({ before }) => !before).length;
  if (ways.known.size + added - removed.length > maxCameras) return err(tooMany(maxCameras));
  if (removed.length > 0 && !request.confirm && !request.dryRun) return err(unconfirmed(removed));
  return ok({ cameras, removed });
}

/** Provisioned before, and not listed now. What the configuration file declares is not ours to delete. */
function unlisted({ cameras }: ProvisionRequest, { known }: Pick<PlanWays, 'known'>): Known[] {
  const listed = new Set(cameras.map(({ externalId }) => externalId));
  return Array.from(known.values()).filter(
    ({ stored }) =>
      stored.externalId !== null && stored.declaredAs === null && !listed.has(stored.externalId),
  );
}

export function reportOf(request: ProvisionRequest, { cameras, removed }: Provisioning): ProvisionReport {
  const told = [
    ...cameras.map((planned) => toldOf(planned, request.dryRun)),
    ...removed.map(({ stored }) => entry(stored, 'removed', [])),
  ];
  const count = (result: Provisioned['result']): number => told.filter((one) => one.result === result).length;
  return {
    dryRun: request.dryRun,
    created: count('created'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    removed: count('removed'),
    cameras: told,
  };
}

function toldOf({ before, after, fields }: PlannedCamera, dryRun: boolean): Provisioned {
  if (!before) return { ...entry(after.stored, 'created', []), ...(dryRun && { id: null }) };
  return entry(after.stored, fields.length > 0 ? 'changed' : 'unchanged', fields);
}

function entry(
  { externalId, id, name }: Known['stored'],
  result: Provisioned['result'],
  fields: readonly string[],
): Provisioned {
  return { externalId: externalId ?? '', id, name, result, fields: [...fields] };
}

function tooMany(maxCameras: number): ProvisionRefusal {
  const message = `That would be more than ${maxCameras} cameras, which is the limit of one server. Nothing was changed.`;
  return { kind: 'too-many-cameras', message };
}

/** So many names say enough. */
const maxNamed = 10;

function unconfirmed(removed: readonly Known[]): ProvisionRefusal {
  const names = removed.slice(0, maxNamed).map(({ stored }) => stored.name);
  const more = removed.length > maxNamed ? ` and ${removed.length - maxNamed} more` : '';
  const message =
    `This would delete ${removed.length} cameras: ${names.join(', ')}${more}. ` +
    'Nothing was changed. Send `confirm: true` with the request if that is meant.';
  return { kind: 'confirm-needed', message };
}
