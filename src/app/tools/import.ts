/**
 * What the command line needs to read configuration files of other servers: nothing of the running one.
 */
export type { Imported } from '../../api/import/import.ts';
export { importCameras } from '../../api/import/import.ts';
