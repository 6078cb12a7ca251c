/**
 * In whose name keys, tokens and links act.
 */
import type { Principal } from './access.ts';

export interface Issuers {
  /** As it is now; undefined when there is no such user or key, or it is switched off or over. */
  principalOf(id: string): Principal | undefined;
}
