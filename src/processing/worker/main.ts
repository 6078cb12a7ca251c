/**
 * The media worker's program: everything that decodes or encodes runs here, so that a crash of native code
 * costs one restart. Started by `media-worker.ts`; opens and closes pipelines as told.
 */
import { connectToParent } from '../../io/worker/parent.ts';
import type { OpenPipeline, Pipeline, PipelineOutput } from './pipeline.ts';
import type { FromWorker, JpegSpec, PipelineSpec, ToWorker } from './protocol.ts';
import { decodeInput, encodeUnit, inputMessage, unitMessage } from './protocol.ts';

/** About four seconds of the demo camera. Who has so much waiting for the server makes no more. */
const maxWaitingBytes = 1024 * 1024;

const pipelines = new Map<number, Pipeline>();
const parent = connectToParent({
  json: (message) => obey(message as ToWorker),
  message: (kind, payload) => {
    if (kind === inputMessage) take(payload);
  },
});
const openers = await loadNativeCode();

interface Openers {
  readonly demo: OpenPipeline<unknown>;
  readonly jpeg: OpenPipeline<JpegSpec>;
}

async function loadNativeCode(): Promise<Openers | undefined> {
  try {
    const [{ Log }, { AV_LOG_FATAL }] = await Promise.all([
      import('node-av/lib'),
      import('node-av/constants'),
    ]);
    // Damaged pictures are everyday business of cameras; each would fill the log.
    Log.setLevel(AV_LOG_FATAL);
    const { openDemo } = await import('./demo.ts');
    const { openJpeg } = await import('./jpeg.ts');
    tell({ type: 'ready' });
    return { demo: openDemo, jpeg: openJpeg };
  } catch (error) {
    tell({ type: 'unavailable', reason: describe(error) });
    return undefined;
  }
}

function obey(message: ToWorker): void {
  if (message.type === 'open') {
    open(message.pipeline, message.spec);
  } else {
    pipelines.get(message.pipeline)?.close();
    pipelines.delete(message.pipeline);
  }
}

/** Input of a pipeline that failed meanwhile is nobody's. */
function take(payload: Uint8Array): void {
  const { pipeline, input } = decodeInput(payload);
  pipelines.get(pipeline)?.input?.(input);
}

function open(pipeline: number, spec: PipelineSpec): void {
  const ended = (reason: string): void => {
    pipelines.delete(pipeline);
    tell({ type: 'ended', pipeline, reason });
  };
  try {
    const output: PipelineOutput = {
      congested: () => parent.queuedBytes > maxWaitingBytes,
      unit: (unit) => void parent.send(unitMessage, encodeUnit(pipeline, unit)),
      ended,
    };
    const opened = spec.kind === 'demo' ? openers?.demo(output, spec) : openers?.jpeg(output, spec);
    if (opened) pipelines.set(pipeline, opened);
  } catch (error) {
    ended(describe(error));
  }
}

function tell(message: FromWorker): void {
  parent.sendJson(message);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
