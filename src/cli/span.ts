/**
 * A camera and a time range as people type them. In: flags. Out: a span, or one sentence that says what is wrong.
 */
import { isCameraId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import { err, ok } from '../base/result.ts';
import type { ToolCall } from './tools.ts';

export interface Span {
  readonly cameraId: string | undefined;
  /** Unix ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** No recording is later. */
const endOfTimeMs = 8_640_000_000_000_000;

export function parseSpan({ options }: ToolCall): Result<Span, string> {
  const { camera, from, to } = options;
  if (camera !== undefined && !isCameraId(camera))
    return err(`${camera} is no camera id, as cam_0123456789abcdef is; the dashboard shows it.`);
  const [fromMs, toMs] = [parseTime(from, 0), parseTime(to, endOfTimeMs)];
  if (fromMs === undefined) return err(noTime('from', from));
  if (toMs === undefined) return err(noTime('to', to));
  if (toMs <= fromMs) return err('--to is not after --from.');
  return ok({ cameraId: camera, fromMs, toMs });
}

/** UTC unless it says otherwise. */
function parseTime(text: string | undefined, absent: number): number | undefined {
  if (text === undefined) return absent;
  const found = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!found) return undefined;
  const [, day = '', time = '00:00', zone = 'Z'] = found;
  const ms = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}

function noTime(flag: string, text: string | undefined): string {
  return `--${flag} ${text}: this is no time. Write 2026-11-21, 2026-11-21T08:00 (UTC) or 2026-11-21T08:00+01:00.`;
}

/** For reports: to the second, UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
