/**
 * `sightline verify-export`: whether an export is as it was signed. Needs no server, no settings and no network.
 */
import type { ExportVerdict } from '../app/tools/exported.ts';
import { verifyExport as check } from '../app/tools/exported.ts';
import type { ToolCall } from './tools.ts';

/** Exit code 1 when anything was changed, or the signer is another. */
export async function verifyExport(call: ToolCall): Promise<number> {
  const [path] = call.words;
  const { key } = call.options;
  if (path === undefined) {
    process.stderr.write('Name the folder of the export, or its manifest.json.\n');
    return 2;
  }
  if (key !== undefined && !key.startsWith('ed25519:')) {
    process.stderr.write('--key is the public key as the server shows it: ed25519:…\n');
    return 2;
  }
  const verdict = await check(path, key);
  process.stdout.write(report(verdict));
  for (const finding of verdict.findings) process.stderr.write(`${finding}\n`);
  const isSound = verdict.findings.length === 0;
  process.stdout.write(isSound ? 'Nothing was changed.\n' : 'This is not the export that was signed.\n');
  return isSound ? 0 : 1;
}

function report({ manifest, notes }: ExportVerdict): string {
  const lines: string[] = [];
  if (manifest) {
    const { requested, cameras, exportId, createdMs, software } = manifest;
    lines.push(`Export ${exportId}, made ${iso(createdMs)} by ${software.name} ${software.version}`);
    lines.push(`Asked for: ${iso(requested.startMs)} to ${iso(requested.endMs)}`);
    for (const { id, name, files, gaps, moreGaps, missing } of cameras) {
      const count = gaps.length + moreGaps;
      lines.push(`Camera ${visible(name)} (${id}): ${count === 1 ? '1 gap' : `${count} gaps`}`);
      for (const file of files) lines.push(`  ${file.name}: ${iso(file.startMs)} to ${iso(file.endMs)}`);
      for (const one of missing)
        lines.push(`  missing: ${iso(one.startMs)} to ${iso(one.endMs)}: ${visible(one.reason)}`);
    }
  }
  return [...lines, ...notes].map((line) => `${line}\n`).join('');
}

/** A manifest may hold anything, but nothing that moves the cursor. */
function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

function iso(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? 'an impossible time' : date.toISOString();
}
