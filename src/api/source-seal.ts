/**
 * How the address of a camera lies in the database: sealed whole, because some cameras want their password in the
 * path; kind, server and transport stay readable, so that a table can be looked at.
 *
 * In:  a source and the camera and column it belongs to. Out: JSON text, and back.
 * Promises: nothing but the server's name and port is readable of an address; a text that was moved to another camera
 * does not open there.
 */
import { z } from 'zod';
import { splitLogin } from '../base/redact.ts';
import type { Log } from '../base/log.ts';
import type { SecretBox } from '../io/secret-box.ts';
import type { SourceInput } from './contract/cameras.ts';
import { sourceInputSchema } from './contract/cameras.ts';

export type SourceColumn = 'source' | 'sub_source';

const sealedSchema = z.object({
  kind: z.literal('rtsp'),
  /** Scheme, host and port. */
  at: z.string(),
  /** The address, sealed. */
  sealed: z.string(),
});

export class SourceSeal {
  readonly #box: SecretBox;
  readonly #log: Log;

  constructor(box: SecretBox, log: Log) {
    this.#box = box;
    this.#log = log;
  }

  close(source: SourceInput, camera: string, column: SourceColumn): string {
    if (source.kind !== 'rtsp') return JSON.stringify(source);
    const { url, ...rest } = source;
    return JSON.stringify({ ...rest, at: serverOf(url), sealed: this.#box.seal(url, place(camera, column)) });
  }

  /**
   * Also what older versions wrote in clear. Undefined when it is no source that this version knows. An address that
   * does not open is that of the server alone: the camera stays, and asks for its password.
   */
  open(json: string, camera: string, column: SourceColumn): SourceInput | undefined {
    const value = parsed(json);
    const sealed = sealedSchema.safeParse(value);
    if (!sealed.success) return sourceInputSchema.safeParse(value).data;
    const { at, sealed: text } = sealed.data;
    const opened = this.#box.open(text, place(camera, column));
    if (!opened.ok) {
      this.#log.error('The stored address of a camera does not open: enter its address anew', {
        camera,
        why: opened.error.message,
      });
    }
    const url = opened.ok ? opened.value : `${at}/`;
    const { at: _, sealed: __, ...rest } = value as Record<string, unknown>;
    return sourceInputSchema.safeParse({ ...rest, url }).data;
  }
}

/** Whether the text has an address in clear, as older versions wrote it. */
export function isClear(json: string): boolean {
  const value = parsed(json);
  return typeof value === 'object' && value !== null && 'url' in value;
}

function place(camera: string, column: SourceColumn): string {
  return `cameras/${camera}/${column}`;
}

/** `rtsp://host:port`; without a host where none can be told for sure, as a password may stand there. */
function serverOf(url: string): string {
  const [, scheme = '', afterScheme = ''] = /^([a-z]+:\/\/)(.*)$/is.exec(url) ?? [];
  const { rest } = splitLogin(afterScheme);
  const host = /^(?:\[[0-9a-f:.%]+\]|[a-z0-9._-]+)(?::\d{1,5})?(?=[/?#]|$)/i.exec(rest)?.[0] ?? 'unknown';
  return scheme.toLowerCase() + host;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
