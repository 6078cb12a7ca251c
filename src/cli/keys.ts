/**
 * `sightline keys`: what there is, a new master key, a recovery key, shredding. The server must not run while they are
 * changed. Nothing it prints is a key, but for the private half of a new recovery key, once.
 */
import { keyState, recoveryKey, rotateKeys, shred } from '../app/tools/keys.ts';
import type { Toolbox } from '../app/tools/toolbox.ts';
import { openToolbox } from '../app/tools/toolbox.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import { isCameraId } from '../base/ids.ts';
import type { Settings } from '../settings/schema.ts';
import type { ToolCall } from './tools.ts';

/** Words for people; `whole` false when something is left to do. */
interface Outcome {
  readonly words: string;
  readonly whole: boolean;
}

type Job = (toolbox: Toolbox, settings: Settings, call: ToolCall) => Promise<Result<Outcome, string>>;

const jobs: Readonly<Record<string, Job>> = { state, rotate, recovery, shred: shredOne };

export async function keys(call: ToolCall, settings: Settings): Promise<number> {
  const [name = 'state'] = call.words;
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (!job)
    return say(`There is no "keys ${name}"; there are keys, keys rotate, keys recovery, keys shred.`, 2);
  const misuse = name === 'shred' ? shredMisuse(call) : undefined;
  if (misuse !== undefined) return say(misuse, 2);
  const toolbox = await openToolbox(settings, { alone: name !== 'state' });
  if (!toolbox.ok) return say(toolbox.error, 1);
  try {
    const done = await job(toolbox.value, settings, call);
    if (!done.ok) return say(done.error, 1);
    process.stdout.write(`${done.value.words}\n`);
    return done.value.whole ? 0 : 1;
  } finally {
    await toolbox.value.close();
  }
}

async function state(toolbox: Toolbox, settings: Settings): Promise<Result<Outcome, string>> {
  const found = await keyState(toolbox, settings);
  if (!found.ok) return found;
  const { source, file, masterKeys, recovery: hasRecovery, counts } = found.value;
  const lines = [
    `The master key comes from the ${source}${file === '' ? '' : ` ${file}`}.`,
    hasRecovery ? 'There is a recovery key.' : 'There is no recovery key: sightline keys recovery makes one.',
  ];
  if (masterKeys > 1)
    lines.push(`There are ${masterKeys} master keys: a change was begun. sightline keys rotate ends it.`);
  for (const { volumePath, dataKeys, upToDate, unopened } of counts)
    lines.push(`${volumePath}: ${dataKeys} data keys, ${upToDate} up to date, ${unopened} do not open.`);
  return ok({ words: lines.join('\n'), whole: counts.every(({ unopened }) => unopened === 0) });
}

async function rotate(toolbox: Toolbox, settings: Settings): Promise<Result<Outcome, string>> {
  const done = await rotateKeys(toolbox, settings);
  if (!done.ok) return done;
  const { wrapped, changed, unopened, olderKept, to } = done.value;
  const lines = [`${wrapped} data keys are wrapped for the master key ${to} (${changed} of them now).`];
  lines.push(...unopened.map((path) => `Left as it is, no key here opens it: ${path}`));
  if (olderKept === 'needed')
    lines.push('The older master key is kept for those. Restore or remove these files and run this again.');
  else if (olderKept === 'by-hand')
    lines.push('The older master key is needed no more: take it out of the environment or the command.');
  else lines.push('The older master key is gone from the key file.');
  lines.push('Copies of the folders "keys" in older backups still need the older one: make new copies.');
  return ok({ words: lines.join('\n'), whole: olderKept !== 'needed' });
}

async function recovery(
  toolbox: Toolbox,
  settings: Settings,
  call: ToolCall,
): Promise<Result<Outcome, string>> {
  const replace = call.options.replace !== undefined;
  const done = await recoveryKey(toolbox, settings, { replace, show });
  if (!done.ok) return done;
  const { made, wrapped, changed, unopened } = done.value;
  const lines = [
    made ? 'This recovery key is in use now.' : 'The recovery key that was made before is in use.',
    `${wrapped} data keys open with it (${changed} of them new).`,
    ...unopened.map((path) => `Left as it is, no key here opens it: ${path}`),
  ];
  return ok({ words: lines.join('\n'), whole: unopened.length === 0 });
}

/** Resolves when it is written: only then is anything wrapped for it. */
function show(privateText: string): Promise<void> {
  const words =
    'Write this recovery key down and keep it away from this machine. It is shown only now; whoever has it can open all ' +
    `recordings:\n\n${privateText}\n\n`;
  return new Promise((resolve, reject) => {
    process.stdout.write(words, (fault) => (fault ? reject(fault) : resolve()));
  });
}

function shredMisuse({ options: { camera, day, yes } }: ToolCall): string | undefined {
  if (camera === undefined || day === undefined)
    return 'Say what to shred: --camera <id> --day <2026-11-21> (a day of UTC).';
  if (!isCameraId(camera)) return `${camera} is no camera id, as cam_0123456789abcdef is.`;
  if (yes === undefined)
    return `This makes all sealed recordings of ${camera} of ${day} unreadable for ever. If you mean it, add --yes.`;
  return undefined;
}

async function shredOne(
  toolbox: Toolbox,
  _settings: Settings,
  { options: { camera = '', day = '' } }: ToolCall,
): Promise<Result<Outcome, string>> {
  const done = await shred(toolbox, { cameraId: camera, day });
  if (!done.ok) return done;
  const { keys: gone, recordings, plain } = done.value;
  if (gone === 0) return err(`${camera} has no key of ${day}: there is nothing to shred.`);
  const lines = [`${gone} keys are deleted; ${recordings} recordings are noise now and have left the index.`];
  if (plain > 0)
    lines.push(
      `${plain} recordings of that day are not sealed: they are readable still. Delete them otherwise.`,
    );
  lines.push('Copies of the folder "keys" in backups would bring the day back: delete them there, too.');
  return ok({ words: lines.join('\n'), whole: plain === 0 });
}

function say(words: string, code: number): number {
  process.stderr.write(`${words}\n`);
  return code;
}
