/**
 * Command-line options of the bench programs: `--name value`, all numbers or words, all with defaults.
 */
import { parseArgs } from 'node:util';

type Defaults = Readonly<Record<string, number | string>>;

/** Ends the process with a list of the options when one is unknown or not a number. */
export function readOptions<T extends Defaults>(
  defaults: T,
): { [K in keyof T]: T[K] extends number ? number : string } {
  const names = Object.keys(defaults);
  try {
    const { values } = parseArgs({
      options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    });
    const read = names.map((name) => [name, valueOf(name, values[name], defaults[name] ?? '')]);
    return Object.fromEntries(read);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error(`Options: ${names.map((name) => `--${name} ${defaults[name]}`).join('  ')}`);
    return process.exit(1);
  }
}

function valueOf(name: string, given: string | undefined, fallback: number | string): number | string {
  if (given === undefined) return fallback;
  if (typeof fallback === 'string') return given;
  const value = Number(given);
  if (given === '' || !Number.isFinite(value)) throw new Error(`--${name} takes a number, not "${given}".`);
  return value;
}
