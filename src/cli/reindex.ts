/**
 * `sightline reindex`: makes the index anew from the files. The server must not run.
 */
import { reindexAll } from '../app/tools/recordings.ts';
import { openToolbox } from '../app/tools/toolbox.ts';
import type { Settings } from '../settings/schema.ts';

/** Exit code 1 when a file could not be read or a volume is not there. */
export async function reindex(settings: Settings): Promise<number> {
  const opened = await openToolbox(settings, { alone: true });
  if (!opened.ok) {
    process.stderr.write(`${opened.error}\n`);
    return 1;
  }
  const toolbox = opened.value;
  try {
    for (const words of toolbox.missing) process.stderr.write(`${words} What the index knows of it stays.\n`);
    const report = await reindexAll(toolbox, (cameraId, { kept, added }) =>
      process.stdout.write(`${cameraId} is done (${kept + added} recordings so far)\n`),
    );
    for (const { path, reason } of report.unreadable) process.stdout.write(`${path}: ${reason}\n`);
    process.stdout.write(
      `${report.kept} recordings were right, ${report.added} were added, ${report.removed} are gone, ` +
        `${report.unfinished} will be finished at the next start, ${report.unreadable.length} cannot be read.\n`,
    );
    return report.unreadable.length + toolbox.missing.length > 0 ? 1 : 0;
  } finally {
    await toolbox.close();
  }
}
