/** What was typed and is not saved yet. In: settings as they are. Out: edits by key, what they mean, what is wrong. */
import { useState } from 'react';
import type { Setting, SettingsAnswer } from '../../../../src/api/contract/settings.ts';
import { draftFault, isSame, rawOf, schemaOf, valueOf } from './draft.ts';
import type { Raw } from './draft.ts';

interface Typed {
  readonly raw: Raw;
  /** What stood there when it was begun. */
  readonly from: unknown;
  readonly revision: number;
}

export interface Edit extends Typed {
  readonly value: unknown;
  /** Another value stands there by now: somebody else changed it. */
  readonly overtaken: boolean;
}

export interface Edits {
  readonly edits: ReadonlyMap<string, Edit>;
  readonly faults: ReadonlyMap<string, string>;
  /** As wanted, by key. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The oldest that an edit was begun at. */
  readonly revision: number;
  /** What stands in its fields. */
  rawOf(setting: Setting): Raw;
  put(setting: Setting, raw: Raw): void;
  drop(key: string): void;
  /** What somebody else wrote meanwhile was seen, and is to be replaced. */
  keep(setting: Setting): void;
  clear(): void;
}

export function useEdits({ settings, revision }: SettingsAnswer): Edits {
  const [typed, setTyped] = useState<ReadonlyMap<string, Typed>>(new Map());
  const edits = new Map<string, Edit>();
  const faults = new Map<string, string>();
  for (const setting of settings) {
    const one = typed.get(setting.key);
    if (!one) continue;
    const value = valueOf(schemaOf(setting), one.raw);
    // Typed back to what it was, or is: nothing is to be saved.
    if (isSame(value, setting.value) || isSame(value, one.from)) continue;
    edits.set(setting.key, { ...one, value, overtaken: !isSame(one.from, setting.value) });
    const fault = draftFault(schemaOf(setting), value, setting.none !== null);
    if (fault !== undefined) faults.set(setting.key, fault);
  }
  const change = (key: string, next: Typed | undefined): void =>
    setTyped((before) => {
      const after = new Map(before);
      if (next) after.set(key, next);
      else after.delete(key);
      return after;
    });
  return {
    edits,
    faults,
    values: Object.fromEntries(Array.from(edits, ([key, { value }]) => [key, value])),
    revision: Math.min(...Array.from(edits.values(), (edit) => edit.revision)),
    rawOf: (setting) => {
      const one = typed.get(setting.key);
      const stands =
        one && (edits.has(setting.key) || isSame(valueOf(schemaOf(setting), one.raw), setting.value));
      return stands ? one.raw : rawOf(schemaOf(setting), setting.value);
    },
    put: (setting, raw) => {
      const before = edits.get(setting.key);
      const begun = before
        ? { from: before.from, revision: before.revision }
        : { from: setting.value, revision };
      change(setting.key, { ...begun, raw });
    },
    drop: (key) => change(key, undefined),
    keep: (setting) => {
      const before = typed.get(setting.key);
      if (before) change(setting.key, { raw: before.raw, from: setting.value, revision });
    },
    clear: () => setTyped(new Map()),
  };
}
