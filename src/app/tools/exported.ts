/**
 * What the command line needs of exports: nothing of the server.
 */
export type { ExportVerdict } from '../../playback/export/verify.ts';
export { verifyExport } from '../../playback/export/verify.ts';
