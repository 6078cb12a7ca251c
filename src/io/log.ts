/**
 * Where log lines go: one JSON object per line (pino), or plain lines for a person at a terminal.
 * As a last defence every text has the user part of its URLs removed.
 */
import { pino } from 'pino';
import type { Log, LogFields } from '../base/log.ts';
import { redactUrls } from '../base/redact.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  /** Lines below this level are not written; looked at for each line, so that it may change. */
  readonly level: LogLevel;
  /** `lines`: time, level, message, fields, for people. `json`: for machines. */
  readonly format: 'lines' | 'json';
}

/** Anything with a `write`, for example `process.stderr`. */
export interface LogTarget {
  write(line: string): unknown;
}

/** Fields nested deeper are cut off. */
const maxDepth = 4;

export function openLog(options: LogOptions, target: LogTarget): Log {
  const sink: LogTarget =
    options.format === 'json' ? target : { write: (line) => target.write(readable(line)) };
  return wrap(
    pino(
      { level: 'debug', base: null, messageKey: 'message', timestamp: timestamp },
      {
        write: (line: string) => void sink.write(line),
      },
    ),
    options,
  );
}

/** The part of pino that is used here. */
interface Sink {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Sink;
}

function wrap(sink: Sink, options: LogOptions): Log {
  const write =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (ranks[level] >= ranks[options.level]) sink[level](clean(fields), redactUrls(message));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(sink.child(clean(fields)), options),
  };
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

const timestamp = (): string => `,"time":"${new Date().toISOString()}"`;

function clean(fields: LogFields = {}): LogFields {
  return cleanValue(fields, 0) as LogFields;
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactUrls(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorText(value, depth);
  if (depth === maxDepth) return '…';
  if (Array.isArray(value)) return value.map((entry) => cleanValue(entry, depth + 1));
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, cleanValue(entry, depth + 1)]));
}

function errorText(error: Error, depth: number): string {
  const cause =
    error.cause instanceof Error && depth < maxDepth ? errorText(error.cause, depth + 1) : undefined;
  const text = redactUrls(error.stack ?? error.message);
  return cause === undefined ? text : `${text}\nbecause of ${cause}`;
}

const levelNames: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'WARN ', 50: 'ERROR' };

/** One JSON line as `12:34:56.789 info  message field=value`. */
function readable(line: string): string {
  const { level, time, message, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  return `${clock} ${levelNames[Number(level)] ?? String(level)} ${oneLine(String(message))}${rest.join('')}\n`;
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

/** Control characters from a camera or client must not move the terminal's cursor: JSON escapes them. */
function fieldText(value: unknown): string {
  return typeof value === 'string' && /^[\w.:/@*-]+$/.test(value) ? value : JSON.stringify(value);
}
