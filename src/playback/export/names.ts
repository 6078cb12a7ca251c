/**
 * Names of exported files: the camera's name and the time, in letters that every system and shell takes.
 */

const maxNameLength = 60;

/** `Front-door_2026-11-21T10-03-12Z`: no path, no extension, never empty. */
export function baseName(cameraName: string, startMs: number): string {
  const plain = cameraName
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^A-Za-z0-9_]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, maxNameLength);
  const time = new Date(startMs).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${plain === '' ? 'camera' : plain}_${time}Z`;
}

/** The same for each camera, told apart where two would be one; systems differ in whether case counts. */
export function distinctNames<Id extends string>(named: ReadonlyMap<Id, string>): ReadonlyMap<Id, string> {
  const taken = new Set<string>();
  const names = new Map<Id, string>();
  for (const [id, name] of named) {
    const own = taken.has(name.toLowerCase()) ? `${name}_${id}` : name;
    taken.add(own.toLowerCase());
    names.set(id, own);
  }
  return names;
}

/** The first file has no number, the next is `…-2.mp4`. @param number from 1 */
export function movieName(base: string, number: number): string {
  return number === 1 ? `${base}.mp4` : `${base}-${number}.mp4`;
}

export function fragmentsName(base: string): string {
  return `${base}.fragments.jsonl`;
}

export const manifestName = 'manifest.json';

/** What a request or a manifest may name: one of our files, in the folder itself. */
export function isFileName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}$/.test(name) && !name.includes('..');
}
