/**
 * A password for a command: typed without being shown, or the first line of what is piped in. Never a word of the
 * command line: everybody on the machine can read that (`ps`).
 */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';

/** More is no password. */
const maxPipedBytes = 4096;

export async function readPassword(whose: string): Promise<Result<string, string>> {
  if (!process.stdin.isTTY) return piped();
  const first = await typed(`Password for ${whose}: `);
  const second = await typed('Once more: ');
  return first === second ? ok(first) : err('These are two different passwords. Nothing was changed.');
}

async function piped(): Promise<Result<string, string>> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const piece of process.stdin) {
    text += String(piece);
    if (text.length > maxPipedBytes) return err('What is piped in is too long to be a password.');
  }
  const [line = ''] = text.split(/\r?\n/);
  return line === '' ? err('Nothing was piped in: the first line is taken as the password.') : ok(line);
}

function typed(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((answered) => {
    lines.once('close', () => answered(''));
    lines.once('line', (line) => {
      process.stderr.write('\n');
      answered(line);
      lines.close();
    });
  });
}
