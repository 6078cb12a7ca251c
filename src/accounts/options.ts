/**
 * What can be set about accounts at start-up; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';

export const accountsOption = z.boolean().default(true).meta({
  description:
    'Whether people sign in. `false`: whoever reaches the server may do everything; only for a loopback `host`, and not behind a proxy',
});
