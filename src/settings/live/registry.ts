/**
 * Every setting that can be changed while the server runs, by its key. Each is declared by the folder it belongs to.
 */
import { z } from 'zod';
import { apiSettings } from '../../api/options.ts';
import { httpsSettings } from '../../io/tls/options.ts';
import { storageSettings } from '../../archive/options.ts';
import type { SettingDefinition } from '../../base/setting.ts';
import { hubSettings } from '../../hub/options.ts';
import { hlsSettings } from '../../outputs/hls/options.ts';
import { rtspSettings } from '../../outputs/rtsp/options.ts';
import { webrtcSettings } from '../../outputs/webrtc/options.ts';
import { playbackSettings } from '../../playback/options.ts';
import { processingSettings } from '../../processing/options.ts';
import { complaints } from '../fault.ts';
import type { JsonSchema } from '../json-schema.ts';
import { ownSettings } from '../options.ts';

const { streamLatencyMode, ...healthSettings } = hubSettings;
const { networkAllow, ...logSettings } = ownSettings;

/** In the order in which they are shown: what most people look for stands first. */
const definitions = {
  ...apiSettings,
  ...httpsSettings,
  networkAllow,
  ...storageSettings,
  ...playbackSettings,
  ...rtspSettings,
  ...webrtcSettings,
  ...hlsSettings,
  streamLatencyMode,
  ...processingSettings,
  ...healthSettings,
  ...logSettings,
};

export type SettingKey = keyof typeof definitions;
type ValueOf<Definition> =
  Definition extends SettingDefinition<infer Value, infer Fallback>
    ? null extends Fallback
      ? Value | null
      : Value
    : never;
/** Null only where the default is. */
export type SettingValue<Key extends SettingKey> = ValueOf<(typeof definitions)[Key]>;

export const settingKeys = Object.keys(definitions) as readonly SettingKey[];

/** Without the type of its value. */
export function definitionOf(key: SettingKey): SettingDefinition {
  return definitions[key];
}

export function isSettingKey(text: string): text is SettingKey {
  return Object.hasOwn(definitions, text);
}

const schemas = new Map<SettingKey, JsonSchema>(
  settingKeys.map((key) => [key, z.toJSONSchema(definitionOf(key).schema, { io: 'input' }) as JsonSchema]),
);

/** Of its value: what the page draws a field from. */
export function jsonSchemaOf(key: SettingKey): JsonSchema {
  return schemas.get(key) ?? {};
}

/** What is wrong with a value: key, allowed range or choices, and what was found. Empty: nothing. */
export function faultsOf(key: SettingKey, value: unknown): readonly string[] {
  const checked = z.object({ [key]: definitionOf(key).schema }).safeParse({ [key]: value });
  if (checked.success) return [];
  const whole: JsonSchema = { type: 'object', properties: { [key]: jsonSchemaOf(key) } };
  return complaints(checked.error, { [key]: value }, whole).map(({ message }) => message);
}
