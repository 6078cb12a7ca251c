/**
 * The media worker as pictures need it; `MediaWorker` is one.
 */
import type { MediaWorkerStatus, PipelineHandle, PipelineSink } from './media-worker.ts';
import type { JpegSpec } from './worker/protocol.ts';

export interface PictureWorker {
  open(spec: JpegSpec, sink: PipelineSink): PipelineHandle;
  status(): MediaWorkerStatus;
  readonly queuedBytes: number;
}

export function jpegSpec(
  codec: JpegSpec['codec'],
  options: { readonly widthPixels: number | undefined; readonly quality: number },
  framesPerSecond: number,
): JpegSpec {
  const { widthPixels, quality } = options;
  const width = widthPixels === undefined ? {} : { widthPixels };
  return { kind: 'jpeg', codec, quality, framesPerSecond, ...width };
}
