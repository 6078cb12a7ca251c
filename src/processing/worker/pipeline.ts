/**
 * What a pipeline inside the media worker has to be.
 */
import type { PipelineInput, PipelineUnit } from './protocol.ts';

export interface PipelineOutput {
  /** The server takes too little; a pipeline leaves out pictures before it encodes them. */
  congested(): boolean;
  unit(unit: PipelineUnit): void;
  /** Once, when it failed; not after `close`. It has freed everything by then. */
  ended(reason: string): void;
}

export interface Pipeline {
  /** Something to decode. Not there on pipelines that make their pictures themselves. */
  input?(input: PipelineInput): void;
  /** Frees native memory; nothing is delivered afterwards. */
  close(): void;
}

/** May throw when native code refuses; nothing is left behind then. */
export type OpenPipeline<Spec> = (output: PipelineOutput, spec: Spec) => Pipeline;

/** For native calls: a negative code becomes an error with the name of what failed. */
export function check(code: number, what: string): void {
  if (code < 0) throw new Error(`${what} failed with code ${code}`);
}
