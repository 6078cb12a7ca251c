/**
 * `sightline unseal`: stored recordings as plain MP4 files. Chosen by id, by camera and time, or as files of a volume:
 * the latter needs no index, so a disk and the key (or the recovery key) are enough.
 */
import type { UnsealedFile } from '../app/tools/recordings.ts';
import { unsealFile, unsealOne, unsealSpan } from '../app/tools/recordings.ts';
import { openToolbox, openToolKeys } from '../app/tools/toolbox.ts';
import type { Settings } from '../settings/schema.ts';
import { parseSpan } from './span.ts';
import type { ToolCall } from './tools.ts';

/** Exit code 1 when something could not be written whole. */
export async function unseal(call: ToolCall, settings: Settings): Promise<number> {
  const { into, camera } = call.options;
  const [word] = call.words;
  if (into === undefined) return refuse('--into <folder> says where the files go.', 2);
  if ((word === undefined) === (camera === undefined))
    return refuse('Name one recording, one of its files, or a camera: --camera <id>.', 2);
  if (word !== undefined && /\.(sealed|mp4)$/.test(word)) {
    const keys = await openToolKeys(settings, call.options['recovery-key-file']);
    return keys.ok ? tell(await unsealFile(keys.value, word, into)) : refuse(keys.error, 1);
  }
  return fromIndex(call, settings, { into, word });
}

async function fromIndex(
  call: ToolCall,
  settings: Settings,
  { into, word }: { readonly into: string; readonly word: string | undefined },
): Promise<number> {
  const span = parseSpan(call);
  if (!span.ok) return refuse(span.error, 2);
  const needs = { alone: false, recoveryKeyFile: call.options['recovery-key-file'] };
  const toolbox = await openToolbox(settings, needs);
  if (!toolbox.ok) return refuse(toolbox.error, 1);
  try {
    if (word !== undefined) {
      const one = await unsealOne(toolbox.value, word, into);
      return one.ok ? tell(one.value) : refuse(one.error, 1);
    }
    let [code, count] = [0, 0];
    for await (const file of unsealSpan(toolbox.value, span.value, into)) {
      code = Math.max(code, tell(file));
      count += 1;
    }
    return count > 0 ? code : refuse('There is no recording of that camera in that time.', 1);
  } finally {
    await toolbox.value.close();
  }
}

/** The exit code that one file gives. */
function tell({ from, to, result }: UnsealedFile): number {
  if (!result.ok) return refuse(`${from}: ${result.error}`, 1);
  const { leftOut } = result.value;
  process.stdout.write(`${to}\n`);
  return leftOut.length === 0 ? 0 : refuse(`${from}: left out ${leftOut.join('; ')}`, 1);
}

function refuse(words: string, code: number): number {
  process.stderr.write(`${words}\n`);
  return code;
}
