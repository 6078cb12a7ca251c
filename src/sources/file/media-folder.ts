/**
 * From a path in a camera's settings to a file that may be read: only regular files inside the media folder,
 * also after every symbolic link was followed.
 */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';

/** The real path of the file, or why it is not given, for people. Nothing about files outside is told. */
export async function findMediaFile(mediaFolder: string, path: string): Promise<Result<string, string>> {
  const parts = path.split(/[/\\]/);
  if (path === '' || path.includes('\0') || isAbsolute(path) || parts.includes('..')) {
    return err('The path must lie inside the media folder: no leading slash and no “..”.');
  }
  const folder = await realPathOf(mediaFolder);
  if (folder === undefined) return err('The media folder does not exist or cannot be read.');
  const file = await realPathOf(join(folder, path));
  if (file === undefined) return err(`There is no file “${path}” in the media folder, or it cannot be read.`);
  if (!isInside(folder, file)) return err(`“${path}” is a link that leads out of the media folder.`);
  try {
    const found = await stat(file);
    if (!found.isFile()) return err(`“${path}” is not a file.`);
    if (found.size === 0) return err(`“${path}” is empty.`);
  } catch {
    return err(`“${path}” cannot be read.`);
  }
  return ok(file);
}

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch {
    return undefined;
  }
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
