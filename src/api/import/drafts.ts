/**
 * What every importer makes: cameras as they stand in another server's file, and notes of all that was not taken over.
 * Bounded, whatever the file holds.
 */
import { shownText } from './values.ts';

export interface SourceDraft {
  readonly kind: 'rtsp' | 'push';
  readonly url?: string;
  readonly transport?: 'auto' | 'tcp' | 'udp';
  readonly verifyTls?: boolean;
}

/** Checked against the contract before anybody gets it. */
export interface CameraDraft {
  /** As the file calls it. */
  readonly key: string;
  readonly name: string;
  readonly source: SourceDraft;
  readonly sub?: SourceDraft;
  readonly enabled?: boolean;
  readonly start?: 'on-demand' | 'always';
  readonly closeAfterMs?: number;
  readonly maxReaders?: number;
  readonly recording?: {
    readonly mode: 'continuous' | 'event';
    readonly retention?: { readonly maxAgeDays: number };
  };
}

/** Something of the file that was not taken over. */
export interface ImportNote {
  /** In the file: `cameras.front.record`. */
  readonly where: string;
  /** Why, and what to do. */
  readonly message: string;
}

/** Nobody reads more. */
const maxNotes = 500;

/** Gathers what an importer finds. */
export class Findings {
  readonly cameras: CameraDraft[] = [];
  readonly notes: ImportNote[] = [];
  /** Placeholders without a value. */
  readonly missing = new Set<string>();
  readonly #variables: Readonly<Record<string, string>>;

  /** @param variables values of the placeholders in the file */
  constructor(variables: Readonly<Record<string, string>>) {
    this.#variables = variables;
  }

  note(where: string, message: string): void {
    if (this.notes.length < maxNotes) this.notes.push({ where: shownText(where), message });
    else if (this.notes.length === maxNotes) {
      this.notes.push({ where: '', message: `There is more: only the first ${maxNotes} notes are kept.` });
    }
  }

  /** The text with its placeholders filled in; those without a value stay, and are `missing`. */
  filled(text: string, placeholder: RegExp): string {
    return text.replace(placeholder, (whole, name: string, fallback?: string) => {
      if (Object.hasOwn(this.#variables, name)) return this.#variables[name] ?? whole;
      if (typeof fallback === 'string') return fallback;
      if (this.missing.size < maxMissing) this.missing.add(name);
      return whole;
    });
  }
}

const maxMissing = 200;

/** `front_door` → `Front door`. */
export function nameFrom(key: string): string {
  const words = key.replaceAll(/[_\s]+/g, ' ').trim();
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, 100);
}
