/**
 * `sightline verify`: reads stored recordings and compares them with the index; names each that is damaged, with the
 * place. Exit code 1 when one is damaged or could not be checked. The server may run meanwhile.
 */
import { verifySpan } from '../app/tools/recordings.ts';
import { openToolbox } from '../app/tools/toolbox.ts';
import type { Settings } from '../settings/schema.ts';
import { parseSpan, timeText } from './span.ts';
import type { ToolCall } from './tools.ts';

export async function verify(call: ToolCall, settings: Settings): Promise<number> {
  const span = parseSpan(call);
  if (!span.ok) return refuse(span.error, 2);
  const toolbox = await openToolbox(settings, { alone: false });
  if (!toolbox.ok) return refuse(toolbox.error, 1);
  for (const words of toolbox.value.missing) process.stderr.write(`${words}\n`);
  const counts = { sound: 0, damaged: 0, unchecked: 0 };
  try {
    for await (const { id, cameraId, startMs, file, verdict } of verifySpan(toolbox.value, span.value)) {
      counts[verdict.kind] += 1;
      if (verdict.kind === 'sound') continue;
      const what =
        verdict.kind === 'damaged' ? `DAMAGED ${verdict.damage}` : `not checked: ${verdict.reason}`;
      process.stdout.write(`${id} of ${cameraId}, ${timeText(startMs)}, ${file}: ${what}\n`);
    }
  } finally {
    await toolbox.value.close();
  }
  process.stdout.write(
    `${counts.sound} recordings are sound, ${counts.damaged} damaged, ${counts.unchecked} could not be checked.\n`,
  );
  return counts.damaged + counts.unchecked > 0 ? 1 : 0;
}

function refuse(words: string, code: number): number {
  process.stderr.write(`${words}\n`);
  return code;
}
