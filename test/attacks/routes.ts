/**
 * Addresses as the API document names them.
 */

/** As far as it is looked at. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Those that can be read. */
export function readPaths(paths: OpenApi['paths']): readonly string[] {
  return Object.entries(paths)
    .filter(([, methods]) => 'get' in methods)
    .map(([path]) => path);
}
