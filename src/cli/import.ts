/**
 * `sightline import <file>`: the cameras of a go2rtc, MediaMTX or Frigate file as the request that makes them.
 *
 * It does not reach for the server: what it prints is sent with any HTTP client, by whoever may add cameras. Notes go
 * to standard error. The output holds the passwords of the cameras; `--dry-run` prints a table without them.
 */
import { open } from 'node:fs/promises';
import type { Imported } from '../app/tools/import.ts';
import { importCameras } from '../app/tools/import.ts';
import { redactUrls } from '../base/redact.ts';
import type { ToolCall } from './tools.ts';

/** The importer says in words what is too long; this keeps a film from being read whole. */
const maxFileBytes = 4 * 1024 * 1024;

/** Exit code 1 when the file cannot be read or holds no cameras. */
export async function importFile(call: ToolCall): Promise<number> {
  const [path] = call.words;
  if (path === undefined) {
    process.stderr.write('Name the configuration file of go2rtc, MediaMTX or Frigate.\n');
    return 2;
  }
  const text = await readStart(path);
  const read = importCameras({ format: 'auto', text, variables: variables() });
  if (!read.ok) {
    process.stderr.write(`${path}: ${read.error}\n`);
    return 1;
  }
  for (const { where, message } of read.value.notes) process.stderr.write(`${visible(where)}: ${message}\n`);
  process.stdout.write(
    call.options['dry-run'] === undefined
      ? `${JSON.stringify({ cameras: read.value.cameras }, null, 2)}\n`
      : table(read.value),
  );
  return read.value.cameras.length > 0 ? 0 : 1;
}

async function readStart(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(maxFileBytes), 0, maxFileBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Placeholders of the file get their values from the environment, as in the server that it was made for. */
function variables(): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) given[name] = value;
  return given;
}

function table({ format, cameras }: Imported): string {
  const lines = cameras.map(({ externalId, name, source, sub, recording }) => {
    const address = source.kind === 'rtsp' ? redactUrls(source.url) : source.kind;
    const kept = recording ? `, recorded: ${recording.mode}` : '';
    return `${visible(name)} (${visible(externalId)}): ${visible(address)}${sub ? ', with a second stream' : ''}${kept}`;
  });
  return `${cameras.length} cameras in this ${format} file\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** A file from elsewhere does not steer the terminal. */
function visible(text: string): string {
  return text.replaceAll(/\p{C}/gu, '�');
}
