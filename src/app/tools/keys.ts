/**
 * `keys`: what seals recordings, changed while the server does not run. In: a toolbox. Out: reports without keys in them;
 * the private half of a recovery key goes to its owner alone.
 */
import { recoveryFilePath } from '../../archive/seal/keys.ts';
import { readRecoveryFile } from '../../archive/seal/recovery-file.ts';
import type { KeyCount, KeyPlaces, RecoveryReport, RotationReport } from '../../archive/seal/upkeep.ts';
import { countKeys, rotateMasterKey, setUpRecovery, shredDay } from '../../archive/seal/upkeep.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { activeHolds } from '../../database/holds.ts';
import { recordingsAfter } from '../../database/integrity.ts';
import { deleteRecordings } from '../../database/recordings.ts';
import { newId } from '../../archive/ids.ts';
import { systemClock } from '../../io/clock.ts';
import { systemRandom } from '../../io/random.ts';
import type { Settings } from '../../settings/schema.ts';
import type { Toolbox } from './toolbox.ts';

export interface KeyState {
  readonly source: 'environment' | 'command' | 'file';
  /** Of the file; empty for other sources. */
  readonly file: string;
  readonly masterKeys: number;
  readonly recovery: boolean;
  readonly counts: readonly KeyCount[];
}

/** What there is. */
export async function keyState(toolbox: Toolbox, { data }: Settings): Promise<Result<KeyState, string>> {
  const { keys, volumes } = toolbox;
  const [master] = keys.masters;
  if (!master) return err(keys.note ?? 'There is no master key: nothing is sealed here.');
  const recovery = await readRecoveryFile(recoveryFilePath(data), keys.masters);
  if (!recovery.ok) return recovery;
  const locking = { master, recovery: recovery.value };
  const paths = volumes.map(({ path }) => path);
  return ok({
    source: keys.source.kind,
    file: keys.source.kind === 'file' ? keys.source.path : '',
    masterKeys: keys.masters.length,
    recovery: recovery.value !== undefined,
    counts: await countKeys(toolbox.disk, paths, { masters: keys.masters }, locking),
  });
}

/** Refused while a volume is missing: its keys would be left behind. */
export async function rotateKeys(
  toolbox: Toolbox,
  settings: Settings,
): Promise<Result<RotationReport, string>> {
  const places = placesOf(toolbox, settings);
  return places.ok ? rotateMasterKey(places.value) : places;
}

export async function recoveryKey(
  toolbox: Toolbox,
  settings: Settings,
  how: { readonly replace: boolean; readonly show: (privateText: string) => Promise<void> },
): Promise<Result<RecoveryReport, string>> {
  const places = placesOf(toolbox, settings);
  return places.ok ? setUpRecovery(places.value, how.replace, how.show) : places;
}

export interface ShredReport {
  readonly keys: number;
  /** Recordings that are noise now; they left the index. */
  readonly recordings: number;
  /** Plain recordings of that day: they have no key, and stay. */
  readonly plain: number;
}

const dayMs = 86_400_000;
const rowsAtOnce = 1000;

/** Refused for footage that is held. First the keys go, durably; then the rows, and with them what is left of the files. */
export async function shred(
  toolbox: Toolbox,
  { cameraId, day }: { readonly cameraId: string; readonly day: string },
): Promise<Result<ShredReport, string>> {
  if (toolbox.missing.length > 0) return err(`${toolbox.missing.join(' ')} Its keys cannot be shredded now.`);
  const startMs = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(startMs))
    return err(`${day} is no day, as 2026-11-21 is.`);
  const held = await heldIn(toolbox, cameraId, { startMs, endMs: startMs + dayMs });
  if (held !== undefined) return err(`That day is held as evidence (${held}). Delete the hold first.`);
  const paths = toolbox.volumes.map(({ path }) => path);
  const keys = await shredDay(toolbox.disk, paths, { owner: cameraId, day });
  const rows = await rowsOfDay(toolbox, cameraId, day);
  const sealed = rows.filter(({ key_id: keyId }) => keyId !== null);
  await deleteRecordings(
    toolbox.queries,
    sealed.map(({ id }) => id),
    {
      reason: 'request',
      detail: `The keys of ${day} were shredded.`,
      nowMs: systemClock.nowMs(),
      newId: (prefix) => newId(prefix, systemRandom),
    },
  );
  return ok({ keys, recordings: sealed.length, plain: rows.length - sealed.length });
}

/** By path: a recording that goes on past midnight belongs to the day it began in. */
async function rowsOfDay(toolbox: Toolbox, cameraId: string, day: string) {
  const startMs = Date.parse(`${day}T00:00:00Z`);
  const span = { cameraId, fromMs: startMs, toMs: startMs + dayMs };
  const all = [];
  let page = await recordingsAfter(toolbox.queries, span, { after: undefined, limit: rowsAtOnce });
  while (page.length > 0) {
    all.push(...page.filter(({ path }) => path.split('/')[1] === day));
    page = await recordingsAfter(toolbox.queries, span, { after: page.at(-1), limit: rowsAtOnce });
  }
  return all;
}

/** Why; undefined when nothing of it is held now. */
async function heldIn(
  { queries }: Toolbox,
  cameraId: string,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): Promise<string | undefined> {
  const holds = await activeHolds(queries, systemClock.nowMs());
  return holds.find(
    (hold) =>
      (hold.cameraId === null || hold.cameraId === cameraId) && hold.startMs < endMs && hold.endMs > startMs,
  )?.reason;
}

function placesOf(toolbox: Toolbox, { data }: Settings): Result<KeyPlaces, string> {
  if (toolbox.missing.length > 0)
    return err(`${toolbox.missing.join(' ')} Its keys would be left behind: mount it, then run this again.`);
  return ok({
    disk: toolbox.disk,
    source: toolbox.keys.source,
    recoveryFile: recoveryFilePath(data),
    volumes: toolbox.volumes.map(({ path }) => path),
    random: systemRandom,
  });
}
