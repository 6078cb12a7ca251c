/**
 * What a worker writes to stderr, as lines of our log. A worker that writes without end costs a bounded
 * number of short lines; the rest is counted.
 */
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { redactUrls } from '../../base/redact.ts';

/** A stack trace fits. */
const maxLinesPerWindow = 40;
const windowMs = 10_000;
const maxLineCharacters = 500;

export class LineLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #linesInWindow = 0;
  #left = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, maxLineCharacters);
    for (const line of lines) this.#write(line.slice(0, maxLineCharacters).trimEnd());
  }

  #write(line: string): void {
    if (line === '') return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= windowMs) {
      if (this.#left > 0) this.#log.warn('Worker lines were left out', { lines: this.#left });
      this.#windowStartMs = nowMs;
      this.#linesInWindow = 0;
      this.#left = 0;
    }
    this.#linesInWindow += 1;
    if (this.#linesInWindow > maxLinesPerWindow) this.#left += 1;
    else this.#log.warn('Worker says', { line: redactUrls(line) });
  }
}
