/**
 * What can be said of a password while it is typed. In: the password and what belongs to its owner. Out: how strong, in
 * words. The server asks for the length alone: words are advice.
 */

/** The server asks for as many. */
const shortestPassword = 12;

export interface Strength {
  /** 0: not enough; 3: strong. */
  readonly level: 0 | 1 | 2 | 3;
  readonly words: string;
}

/** Tried first by whoever guesses. */
const common = /passw[o0]rd|qwert|letmein|welcome|admin|sightline|camera|12345|abcdef|iloveyou|monkey|dragon/;

/** @param own the name of the account: a password with it in is a bad one */
export function strengthOf(password: string, own = ''): Strength {
  const missing = shortestPassword - password.length;
  if (password === '')
    return {
      level: 0,
      words: `At least ${shortestPassword} characters; a few words are easy to keep in mind.`,
    };
  if (missing > 0)
    return { level: 0, words: missing === 1 ? 'One more character.' : `${missing} more characters.` };
  const weakness = weaknessOf(password.toLowerCase(), own.toLowerCase().trim());
  if (weakness) return { level: 1, words: weakness };
  const points = unlikeNeighbours(password) + kinds(password) * 2;
  if (points >= 22) return { level: 3, words: 'Strong.' };
  if (points >= 15) return { level: 2, words: 'Good.' };
  return { level: 1, words: 'Easy to guess: one or two more words help.' };
}

function weaknessOf(password: string, own: string): string | undefined {
  if (own.length > 2 && password.includes(own)) return 'Easy to guess: the name of the account is in it.';
  if (common.test(password)) return 'Easy to guess: it holds what many passwords hold.';
  if (new Set(password).size < 6) return 'Easy to guess: always the same characters.';
  return undefined;
}

/** Characters that are neither a repetition of the one before nor its follower. */
function unlikeNeighbours(password: string): number {
  let count = 0;
  let last = -1;
  for (const character of password.toLowerCase()) {
    const code = character.codePointAt(0) ?? 0;
    if (Math.abs(code - last) > 1) count++;
    last = code;
  }
  return count;
}

function kinds(password: string): number {
  return [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}\s]/u, /\s|-/].filter((kind) => kind.test(password))
    .length;
}
