/**
 * Waiting for what must come: asked again and again, with a deadline that says what was missing.
 */
import { setTimeout as pause } from 'node:timers/promises';

const pollMs = 100;

/**
 * Resolves to the first answer of `look` that is neither undefined nor false.
 * @param tell what to say of the last state when it never came
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = 20_000,
  tell: () => unknown = () => '',
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>;
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}. ${JSON.stringify(await tell())}`);
    }
    await pause(pollMs);
  }
}
