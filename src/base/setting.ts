/**
 * A setting that people change while the server runs, as the folder it belongs to declares it in its `options.ts`.
 * `src/settings/live/` joins all of them.
 */
import type { z } from 'zod';

/**
 * When a change is felt:
 *
 * - `at-once`: by everybody, and nobody notices a break.
 * - `new-viewers`: by whoever begins to watch after it; who watches goes on as before.
 * - `reconnects-viewers`: viewers are ended, and come back.
 * - `restart`: with the next start of the server.
 * - `not-active-yet`: it is kept and checked, and nothing acts upon it in this version.
 */
type SettingEffect = 'at-once' | 'new-viewers' | 'reconnects-viewers' | 'restart' | 'not-active-yet';

type SettingPermission = 'media:read' | 'media:write' | 'system:read' | 'system:write';

export interface SettingDefinition<Value = unknown, Fallback extends Value | null = Value | null> {
  /** Values that may be set. Never `null`: that stands for "as by default". */
  readonly schema: z.ZodType<Value>;
  /** Null where nothing set means no limit, or a rule of its own: see `none`. */
  readonly default: Fallback;
  /** In words, what holds while the value is null. */
  readonly none?: string;
  /** `both`: a value of the server, and of each camera that shall have another. */
  readonly scope: 'server' | 'both';
  readonly read: SettingPermission;
  readonly write: SettingPermission;
  /** Heading it stands under, for people. */
  readonly group: string;
  readonly title: string;
  readonly description: string;
  /** Of a number: `ms`, `s`, `bytes`, `kbit/s` … */
  readonly unit?: string;
  readonly effect: SettingEffect;
  /** One sentence about the effect, where the word alone does not say enough. */
  readonly effectNote?: string;
  /** Where it stands in the start-up settings, if it does: whoever sets it there keeps it. */
  readonly startup?: readonly [string, ...string[]];
  /** Where the start-up settings have it in another shape. */
  readonly startupShape?: {
    fromStartup(value: unknown): Value;
    /** Undefined: as when nothing is given there. */
    toStartup(value: Value): unknown;
  };
}

/** What may stand in for `read` and `write`: `media` is about pictures, `system` about the server. */
export const mediaSetting = { read: 'media:read', write: 'media:write' } as const;
export const systemSetting = { read: 'system:read', write: 'system:write' } as const;
/** Players need to know; administrators decide. */
export const publicSystemSetting = { read: 'media:read', write: 'system:write' } as const;

/** Keeps the type of the value, and whether there is always one. */
export function setting<Value>(
  definition: SettingDefinition<Value, NoInfer<Value>>,
): SettingDefinition<Value, Value>;
export function setting<Value>(definition: SettingDefinition<Value, null>): SettingDefinition<Value, null>;
export function setting(definition: SettingDefinition): SettingDefinition {
  return definition;
}
