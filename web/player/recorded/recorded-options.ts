/** What a player of recorded footage is given, and what a page shows of it. */
import type { Playhead } from './playhead.ts';
import type { Speed } from './speed.ts';

/** What the timeline knows of a moment; `nextMs`: where footage goes on after a hole. */
export interface Coverage {
  readonly inside: boolean;
  readonly nextMs: number | undefined;
}

export interface RecordedOptions {
  readonly host: HTMLElement;
  /** Origin, for example `http://cameras.lan:8080`. */
  readonly server: string;
  readonly camera: string;
  readonly label: string;
  /** Undefined: not known yet. */
  readonly coverage: (ms: number) => Coverage | undefined;
  /** First footage after a moment, wherever it is. */
  readonly nextFootage: (ms: number) => Promise<number | undefined>;
  /** The server's clock, Unix ms. */
  readonly nowMs: () => number;
  /** How far the pointer may be next, for pictures fetched ahead. */
  readonly aroundMs: () => number;
  readonly onChange: () => void;
}

/** What a page shows of it. */
export interface RecordedLook {
  readonly state: Playhead;
  readonly speed: Speed;
  readonly muted: boolean;
  /** It should move, and no picture came for a while. */
  readonly waiting: boolean;
}
