/**
 * From the description of a source to the source: one line for each way in.
 */
import type { SourceInput } from '../api/contract/cameras.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { LatencyMode } from '../hub/latency.ts';
import { latencyFigures } from '../hub/latency.ts';
import type { Source } from '../hub/source.ts';
import type { AddressPolicy } from '../io/net/address-policy.ts';
import type { Random } from '../io/random.ts';
import type { MediaWorker } from '../processing/media-worker.ts';
import { DemoSource } from '../sources/demo/source.ts';
import { FileSource } from '../sources/file/source.ts';
import { RtspSource } from '../sources/rtsp/source.ts';
import type { MakeSource } from './camera-runtime.ts';

export interface SourceParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly policy: AddressPolicy;
  readonly worker: MediaWorker;
  /** What the viewers of a stream want now. */
  readonly latency: (streamId: string) => LatencyMode;
  /** For media that is sent here. */
  readonly push: (streamId: string) => Source;
  /** Files that cameras may play lie below it. */
  readonly mediaFolder: string;
}

export function sourceMaker(parts: SourceParts): MakeSource {
  const { clock, log, random, policy, worker, push, mediaFolder } = parts;
  const reorderMs = (streamId: string): number => latencyFigures[parts.latency(streamId)].reorderMs;
  return (input: SourceInput, streamId: string) => {
    switch (input.kind) {
      case 'rtsp':
        return new RtspSource({ ...input, policy, clock, log, random, reorderMs: () => reorderMs(streamId) });
      case 'file':
        return new FileSource({ path: input.path, mediaFolder, clock, log });
      case 'demo':
        return new DemoSource({ worker });
      case 'push':
        return push(streamId);
    }
  };
}
