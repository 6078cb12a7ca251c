/** A share link as whoever opened it asks: what it shows, whether it still does, and its recording. */
import type { Shared } from '../../../src/api/contract/accounts.ts';
import type { PlaybackSession } from '../../../src/api/contract/playback.ts';
import { ApiFault, ask } from './http.ts';

/** Stands in the address in place of the secret once the link was opened. */
export const openedName = 'opened';

/** @param secret what the address ends with; `openedName`: the cookie knows the link */
export function openShared(secret: string): Promise<Shared> {
  return secret === openedName
    ? ask<Shared>('GET', '/shares/opened')
    : ask<Shared>('POST', '/shares/open', { secret });
}

/** The recording of the link that was opened. */
export async function startShared({ token }: Shared): Promise<string> {
  const { url } = await ask<PlaybackSession>('POST', '/shares/playback');
  return `${url}?token=${token}`;
}

/** Whether the server says that the link shows nothing any more, in contrast to no answer. */
export function isOver(error: unknown): boolean {
  return error instanceof ApiFault && error.problem !== undefined && error.problem.status < 429;
}
