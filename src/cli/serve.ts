/**
 * `sightline serve`: starts the server, stops it in order on SIGINT or SIGTERM.
 */
import type { RunningServer, startServer } from '../app/server.ts';
import type { LoadedSettings } from '../settings/load.ts';
import { explainStart } from '../settings/start-fault.ts';

/** Parts that hang on closing are not waited for longer. */
const closeTimeoutMs = 10_000;

/** Resolves to the exit code when the server has stopped. */
export async function serve({ settings, given }: LoadedSettings, start: typeof startServer): Promise<number> {
  let server: RunningServer;
  try {
    server = await start(settings, given);
  } catch (error) {
    const explained = explainStart(error, settings.host, settings.port);
    if (explained === undefined) throw error;
    process.stderr.write(`${explained}\n`);
    return 1;
  }
  process.stdout.write(greeting(server));
  await signalled();
  process.stderr.write('Stopping. Press Ctrl-C again to stop at once.\n');
  process.once('SIGINT', () => process.exit(130));
  return closeInTime(server);
}

function greeting({ url, setupUrl, secure }: RunningServer): string {
  const running = `Sightline is running: open ${url}\n${secureWords(secure)}`;
  if (setupUrl === undefined) return running;
  return (
    `${running}\n  Nobody has an account here yet. Open this link to make yours, the administrator's:\n\n` +
    `    ${setupUrl}\n\n  It works once. Until then the server answers nothing else; the next start prints another link.\n\n`
  );
}

function secureWords(secure: RunningServer['secure']): string {
  if (secure === undefined) return '';
  const others = secure.urls.map((url) => `    ${url}\n`).join('');
  const compare = secure.trusted
    ? ''
    : `  Their browser warns of the certificate, which was made here. Compare its SHA-256 fingerprint:\n    ${secure.fingerprint}\n`;
  return `\n  Other machines open:\n${others}${compare}`;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve();
    };
    process.once('SIGINT', stop).once('SIGTERM', stop);
  });
}

async function closeInTime(server: RunningServer): Promise<number> {
  const overdue = setTimeout(() => {
    process.stderr.write(`Not everything closed within ${closeTimeoutMs / 1000} s; leaving anyway.\n`);
    process.exit(1);
  }, closeTimeoutMs);
  await server.close();
  clearTimeout(overdue);
  return 0;
}
