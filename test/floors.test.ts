/**
 * The house has floors (docs/design/architecture.md): imports go down only, and folders on one floor do not
 * import each other. This test reads the import lines and names each one that climbs.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { it } from 'node:test';

const root = resolve(import.meta.dirname, '..');

const mayImport: Record<string, readonly string[]> = {
  base: [],
  media: ['base'],
  io: ['base'],
  database: ['base', 'io'],
  hub: ['base', 'media'],
  archive: ['base', 'media', 'io', 'database'],
  accounts: ['base', 'io', 'database'],
  onvif: ['base', 'io'],
  sources: ['base', 'media', 'io', 'hub'],
  outputs: ['base', 'media', 'io', 'hub'],
  processing: ['base', 'media', 'io', 'hub'],
  recording: ['base', 'media', 'hub', 'archive', 'database'],
  playback: ['base', 'media', 'io', 'archive', 'database'],
  settings: ['base', 'io', 'database'],
  api: [
    'base',
    'media',
    'io',
    'database',
    'hub',
    'archive',
    'accounts',
    'outputs',
    'recording',
    'playback',
    'settings',
  ],
  app: [
    'base',
    'media',
    'io',
    'database',
    'hub',
    'archive',
    'accounts',
    'sources',
    'outputs',
    'processing',
    'recording',
    'playback',
    'onvif',
    'settings',
    'api',
  ],
  cli: ['base', 'io', 'app', 'settings'],
};

/** Tests and what helps them (`x.testing.ts`, `testdata/`) may run real programs; these rules are for the product. */
const isProduct = (file: string): boolean =>
  file.endsWith('.ts') && !/\.test\.ts$|\.testing\.ts$|\.d\.ts$|[\\/]testdata[\\/]/.test(file);

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from\s+|import\s+|import\()'([^'\n]+)'/g)].map((match) => match[1] ?? '');
}

/** Folder of a file: its floor's name, and for sources and outputs the sub-folder, which are siblings too. */
function roomOf(path: string): { floor: string; room: string } {
  const [floor = '', sub = '', ...rest] = relative(join(root, 'src'), path).split('/');
  const hasRooms = (floor === 'sources' || floor === 'outputs') && rest.length > 0;
  return { floor, room: hasRooms ? `${floor}/${sub}` : floor };
}

function climbs(file: string, imported: string): string | undefined {
  const target = resolve(dirname(file), imported);
  const from = roomOf(file);
  const to = roomOf(target);
  const line = `${relative(root, file)} imports ${imported}`;
  if (!target.startsWith(join(root, 'src'))) return `${line}, which is outside src`;
  if (from.room === to.room) return undefined;
  if (from.floor === to.floor) return `${line}, a sibling`;
  const ownOptions = from.floor === 'settings' && target.endsWith('/options.ts');
  if (ownOptions || mayImport[from.floor]?.includes(to.floor)) return undefined;
  return `${line}, which is not below`;
}

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((file) => join(root, 'src', file))
  .filter(isProduct);

it('every import goes down, none to a sibling', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((imported) => imported.startsWith('.'))
      .map((imported) => climbs(file, imported))
      .filter((line) => line !== undefined),
  );
  assert.deepEqual(wrong, []);
});

it('every folder of src has its floor', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true });
  assert.deepEqual(
    folders.filter((entry) => !entry.isDirectory() || !mayImport[entry.name]).map((entry) => entry.name),
    [],
  );
});

it('src/media is pure: no timer, clock, socket or file', () => {
  const media = files.filter((file) => roomOf(file).floor === 'media');
  const impure = media.filter((file) => {
    const modules = importsOf(file).filter((imported) => !imported.startsWith('.'));
    const text = readFileSync(file, 'utf8');
    return (
      modules.some((name) => name !== 'node:crypto') ||
      /\b(setTimeout|setInterval|Date\.now|performance\.now)\b/.test(text)
    );
  });
  assert.deepEqual(
    impure.map((file) => relative(root, file)),
    [],
  );
});

it('the rule finds a climbing import', () => {
  assert.match(climbs(join(root, 'src/media/x.ts'), '../hub/stream.ts') ?? '', /not below/);
  assert.match(climbs(join(root, 'src/sources/rtsp/x.ts'), '../file/y.ts') ?? '', /sibling/);
  assert.equal(climbs(join(root, 'src/hub/x.ts'), '../base/clock.ts'), undefined);
});
