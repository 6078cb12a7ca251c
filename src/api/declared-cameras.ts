/**
 * The cameras of the configuration file: as they stand there at every start.
 *
 * In:  the declarations and the cameras that there are. Out: what to do, and which cameras no declaration holds any more.
 * A camera is found by what it was declared as, else by its external id, else by its name.
 */
import type { CameraDeclaration } from './contract/cameras.ts';
import type { Known } from './known-camera.ts';
import type { Plan, PlanWays } from './provision-plan.ts';
import { planCameras } from './provision-plan.ts';

export interface DeclaredPlan {
  readonly plan: Plan;
  /** Were declared and are not any more: they stay, and are everybody's. */
  readonly released: readonly Known[];
}

export function planDeclared(
  declarations: readonly CameraDeclaration[],
  ways: Omit<PlanWays, 'find' | 'declaredAs'>,
): DeclaredPlan {
  const known = Array.from(ways.known.values());
  const names = new Set(declarations.map(declaredName));
  const find = (declaration: CameraDeclaration): Known | undefined =>
    known.find(({ stored }) => stored.declaredAs === declaredName(declaration)) ??
    known.find(({ stored }) => stored.externalId !== null && stored.externalId === declaration.externalId) ??
    known.find(({ stored }) => isFree(stored.declaredAs, names) && stored.name === declaration.name);
  const plan = planCameras(declarations, { ...ways, find, declaredAs: declaredName });
  const held = new Set(plan.cameras.map(({ before }) => before));
  const released = known.filter(
    (one) => one.stored.declaredAs !== null && !names.has(one.stored.declaredAs) && !held.has(one),
  );
  return { plan, released };
}

/** Not held by another declaration. */
function isFree(declaredAs: string | null, names: ReadonlySet<string>): boolean {
  return declaredAs === null || !names.has(declaredAs);
}

/** What it is remembered by. */
function declaredName({ externalId, name }: CameraDeclaration): string {
  return externalId ?? name;
}
