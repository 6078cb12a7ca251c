/**
 * What has to be done so that the cameras are as somebody wants them: pure, nothing is stored here.
 *
 * In:  the cameras that there are, those that are wanted, and how they find each other.
 * Out: each wanted camera before and after, and every error there is, by its place in the list.
 */
import type { CameraId } from '../base/ids.ts';
import type { UnixMs } from '../base/units.ts';
import { unixMs } from '../base/units.ts';
import type { CameraDeclaration } from './contract/cameras.ts';
import { cameraCreateSchema } from './contract/cameras.ts';
import type { CameraField, Known } from './known-camera.ts';
import { changedFields, joined, openSources } from './known-camera.ts';
import type { SourceSeal } from './source-seal.ts';

export interface PlannedCamera {
  /** Undefined: it is new. */
  readonly before: Known | undefined;
  readonly after: Known;
  /** What differs; empty for a new one. */
  readonly fields: readonly CameraField[];
  readonly declaration: CameraDeclaration;
}

/** What is wrong with one wanted camera. */
export interface PlanError {
  readonly index: number;
  readonly externalId: string | null;
  readonly field: string;
  readonly message: string;
}

export interface Plan {
  readonly cameras: readonly PlannedCamera[];
  readonly errors: readonly PlanError[];
}

export interface PlanWays {
  readonly known: ReadonlyMap<CameraId, Known>;
  /** The camera that is meant; undefined when it is new. */
  readonly find: (declaration: CameraDeclaration) => Known | undefined;
  /** Name to remember it by as declared in the configuration file; null: it comes from elsewhere. */
  readonly declaredAs: (declaration: CameraDeclaration) => string | null;
  /** What the configuration file says of a camera, and nobody else may. */
  readonly locked: (id: CameraId) => ReadonlySet<CameraField>;
  readonly newId: () => CameraId;
  readonly seal: SourceSeal;
  readonly nowMs: UnixMs;
  /** Creation time of the first new camera; each further one is a millisecond younger, which keeps their order. */
  readonly firstCreatedMs: UnixMs;
}

export function planCameras(declarations: readonly CameraDeclaration[], ways: PlanWays): Plan {
  const cameras: PlannedCamera[] = [];
  const errors: PlanError[] = [];
  const taken = new Map<string, number>();
  const owners = ownersOf(ways.known);
  for (const [index, declaration] of declarations.entries()) {
    const fault = (field: string, message: string): void =>
      void errors.push({ index, externalId: declaration.externalId ?? null, field, message });
    const before = ways.find(declaration);
    const doubled = doubledWith(before, declaration, index, taken);
    if (doubled !== undefined) {
      fault('externalId', `stands twice in the list: cameras.${doubled} is the same camera`);
      continue;
    }
    const owner = declaration.externalId === undefined ? undefined : owners.get(declaration.externalId);
    if (owner && owner !== before) fault('externalId', takenMessage(owner));
    const planned = planOne(declaration, before, cameras.length, ways);
    if ('message' in planned) fault(`${planned.field}.url`, planned.message);
    else cameras.push(planned);
    if ('after' in planned && before) {
      const locked = ways.locked(before.stored.id);
      for (const field of planned.fields) if (locked.has(field)) fault(field, lockedMessage);
    }
  }
  return { cameras, errors };
}

const lockedMessage = 'is set in the configuration file, and can be changed only there';

/** Whose external id it is, for people. */
export function takenMessage({ stored }: Known): string {
  return `belongs to the camera "${stored.name}" (${stored.id}) already`;
}

function ownersOf(known: ReadonlyMap<CameraId, Known>): ReadonlyMap<string, Known> {
  const owners = new Map<string, Known>();
  for (const one of known.values())
    if (one.stored.externalId !== null) owners.set(one.stored.externalId, one);
  return owners;
}

/** Where in the list the same camera stands already. */
function doubledWith(
  before: Known | undefined,
  { externalId, name }: CameraDeclaration,
  index: number,
  taken: Map<string, number>,
): number | undefined {
  const keys = [externalId === undefined ? `name ${name}` : `external ${externalId}`];
  if (before) keys.push(before.stored.id);
  const found = keys.map((key) => taken.get(key)).find((place) => place !== undefined);
  for (const key of keys) if (!taken.has(key)) taken.set(key, index);
  return found;
}

function planOne(
  declaration: CameraDeclaration,
  before: Known | undefined,
  position: number,
  ways: PlanWays,
): PlannedCamera | { readonly field: 'source' | 'sub'; readonly message: string } {
  const sources = openSources(declaration, before);
  if (!sources.ok) return sources.error;
  const declaredAs = ways.declaredAs(declaration);
  if (!before) {
    const { source: _, sub: __, recording, ...fields } = cameraCreateSchema.parse(declaration);
    const id = ways.newId();
    const createdMs = unixMs(ways.firstCreatedMs + position);
    const row = { ...fields, id, declaredAs, createdMs, changedMs: createdMs };
    const externalId = fields.externalId ?? null;
    const after = joined({ ...row, externalId }, { ...sources.value, recording }, ways.seal);
    return { before, after, fields: [], declaration };
  }
  const { source: _, sub: __, recording = before.recording, ...fields } = declaration;
  const { sourceJson: ___, subJson: ____, recordingJson: _____, ...stored } = before.stored;
  const row = { ...stored, ...givenFields(fields), declaredAs: declaredAs ?? stored.declaredAs };
  const after = joined(row, { ...sources.value, recording }, ways.seal, before);
  const changed = changedFields(before, after);
  if (changed.length === 0) return { before, after, fields: [], declaration };
  const dated = { ...after, stored: { ...after.stored, changedMs: ways.nowMs } };
  return { before, after: dated, fields: changed, declaration };
}

/** Without keys whose value is undefined, which would erase what is stored. */
export function givenFields<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
