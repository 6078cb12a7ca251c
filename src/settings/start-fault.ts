/**
 * Trouble at start that a person can mend: a taken port, a damaged database.
 * The one expected fault that is thrown, because nothing between its place and the command line can go on without.
 */
export class StartFault extends Error {
  override readonly name = 'StartFault';
}

/** The fault in words when `error` is one that a person can mend, else undefined: then it is a bug. */
export function explainStart(error: unknown, host: string, port: number): string | undefined {
  if (error instanceof StartFault) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return (
        `Port ${port} on ${host} is in use by another program, perhaps another Sightline. ` +
        `Stop that one, or choose another port: --port ${port + 1} (--port 0 takes any free one).`
      );
    case 'EACCES':
      return `This user may not listen on port ${port}. Choose a port of 1024 or above, for example --port 8080.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${host}. Use --host 127.0.0.1.`;
    default:
      return undefined;
  }
}
