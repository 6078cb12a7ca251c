/**
 * Stills that were made, or are being made, for the keyframe they show. Whoever asks for the same shares the work.
 */
import type { Result } from '../base/result.ts';
import type { Picture, PictureFault } from '../hub/pictures.ts';
import type { AccessUnit } from '../media/track.ts';

/** A dashboard of many cameras in a size or two. */
const maxEntries = 256;
/** Files of 4K have a megabyte. */
const maxBytes = 32 * 1024 * 1024;

interface Entry {
  readonly unit: AccessUnit;
  readonly still: Promise<Result<Picture, PictureFault>>;
  bytes: number;
}

export class StillCache {
  /** The one used longest ago first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** @param key of the stream and the options; a newer keyframe replaces an older one. */
  get(
    key: string,
    unit: AccessUnit,
    make: () => Promise<Result<Picture, PictureFault>>,
  ): Promise<Result<Picture, PictureFault>> {
    const known = this.#entries.get(key);
    this.#drop(key);
    const entry = known?.unit === unit ? known : { unit, still: make(), bytes: 0 };
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    if (entry !== known) void entry.still.then((made) => this.#made(key, entry, made));
    this.#trim();
    return entry.still;
  }

  #made(key: string, entry: Entry, made: Result<Picture, PictureFault>): void {
    if (this.#entries.get(key) !== entry) return;
    if (!made.ok) return this.#drop(key);
    entry.bytes = made.value.bytes.length;
    this.#bytes += entry.bytes;
    this.#trim();
  }

  #trim(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= maxEntries && this.#bytes <= maxBytes) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}
