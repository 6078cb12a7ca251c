/**
 * Cameras out of the configuration file of another server: go2rtc, MediaMTX or Frigate.
 *
 * In:  the text of the file, as somebody sends it. Out: cameras as `PUT /api/v1/cameras` takes them, and a note for
 * each thing that was not taken over, and why. Nothing of the file is ever run, looked up or connected to.
 * Promises: any text comes to an answer, in bounded time and size.
 */
import { parseDocument } from 'yaml';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import type { ImportFormat, ProvisionedCamera } from '../contract/provisioning.ts';
import { maxImportLength, provisionedCameraSchema } from '../contract/provisioning.ts';
import type { CameraDraft, ImportNote } from './drafts.ts';
import { Findings } from './drafts.ts';
import { importFrigate } from './frigate.ts';
import { importGo2rtc } from './go2rtc.ts';
import { importMediaMtx } from './mediamtx.ts';
import { at, mapping, shownText } from './values.ts';

export interface Imported {
  readonly format: ImportFormat;
  readonly cameras: readonly ProvisionedCamera[];
  readonly notes: readonly ImportNote[];
  /** Placeholders in the file that no value was given for. */
  readonly missing: readonly string[];
}

export interface ImportInput {
  readonly format: ImportFormat | 'auto';
  readonly text: string;
  /** Values of placeholders like `{FRIGATE_PASSWORD}` and `${PASSWORD}`. */
  readonly variables: Readonly<Record<string, string>>;
}

/** More than a server carries. */
const maxImported = 2000;
/** Against aliases that multiply; hand-written files have some for what cameras have in common. */
const maxAliasCount = 1000;

const importers: Readonly<Record<ImportFormat, (file: unknown, found: Findings) => void>> = {
  go2rtc: importGo2rtc,
  mediamtx: importMediaMtx,
  frigate: importFrigate,
};

/** An error is for people. */
export function importCameras({ format: wanted, text, variables }: ImportInput): Result<Imported, string> {
  const file = readYaml(text);
  if (!file.ok) return file;
  const format = wanted === 'auto' ? formatOf(file.value) : wanted;
  if (!format) return err(unknownFormat);
  const found = new Findings(variables);
  importers[format](file.value, found);
  for (const name of found.missing)
    found.note(
      name,
      'The value of this placeholder is not in the file: enter it, or the password afterwards.',
    );
  const cameras = found.cameras.slice(0, maxImported).flatMap((draft) => checked(draft, format, found));
  if (found.cameras.length > maxImported) found.note('', `Only the first ${maxImported} cameras are taken.`);
  return ok({ format, cameras, notes: found.notes, missing: [...found.missing] });
}

const unknownFormat =
  'This is no configuration of go2rtc (streams:), MediaMTX (paths:) or Frigate (cameras: with ffmpeg:).';

function readYaml(text: string): Result<unknown, string> {
  if (text.length > maxImportLength) return err(`The file is larger than ${maxImportLength / 1024} KiB.`);
  try {
    const document = parseDocument(text, {
      prettyErrors: false,
      merge: true,
      uniqueKeys: false,
      logLevel: 'silent',
    });
    const [first] = document.errors;
    if (first) return err(`This is not valid YAML: ${shownText(first.message)}`);
    const value: unknown = document.toJS({ maxAliasCount });
    return mapping(value) ? ok(value) : err(unknownFormat);
  } catch {
    // Nested too deep, or aliases that multiply.
    return err('This YAML cannot be read: it is nested too deep, or its aliases multiply.');
  }
}

function formatOf(file: unknown): ImportFormat | undefined {
  const cameras = Object.values(mapping(at(file, 'cameras')) ?? {});
  if (cameras.some((camera) => at(camera, 'ffmpeg') !== undefined)) return 'frigate';
  if (mapping(at(file, 'paths'))) return 'mediamtx';
  return mapping(at(file, 'streams')) ? 'go2rtc' : undefined;
}

function checked(draft: CameraDraft, format: ImportFormat, found: Findings): readonly ProvisionedCamera[] {
  const { key, ...camera } = draft;
  const result = provisionedCameraSchema.safeParse({ ...camera, externalId: `${format}:${key}` });
  if (result.success) return [result.data];
  const [issue] = result.error.issues;
  const what = issue ? `${issue.path.join('.')}: ${issue.message}` : 'it is wrong';
  found.note(key, `It is no camera that can be taken: ${shownText(what)}`);
  return [];
}
