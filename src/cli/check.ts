/**
 * `sightline check`: every fault of the configuration with its line and a caret, or what is in effect.
 */
import { stringify } from 'yaml';
import { redactUrls } from '../base/redact.ts';
import type { SettingsFault } from '../settings/fault.ts';
import type { LoadedSettings } from '../settings/load.ts';

/** All faults, each with the line it stands in. */
export function faultReport(faults: readonly SettingsFault[]): string {
  const parts = faults.map(({ where, message, excerpt }) => {
    const head = `${where}: ${message}\n`;
    if (!excerpt) return head;
    const number = where.split(':').at(-2) ?? '';
    const margin = ' '.repeat(number.length);
    const caret = excerpt.line.slice(0, excerpt.column - 1).replaceAll(/[^\t]/g, ' ');
    return `${head}  ${number} | ${excerpt.line}\n  ${margin} | ${caret}^\n`;
  });
  const count = faults.length === 1 ? '1 error' : `${faults.length} errors`;
  return `${parts.join('')}${count} in the configuration. What each setting means: docs/reference/configuration.md\n`;
}

/** The settings in effect, as YAML; passwords and secrets are hidden, in URLs, too. */
export function validReport({ settings, file }: LoadedSettings): string {
  const name = file ?? 'The configuration (no file, defaults and environment)';
  return `${name} is valid. In effect:\n\n${redactUrls(stringify(settings, hidden))}`;
}

function hidden(key: unknown, value: unknown): unknown {
  return typeof value === 'string' && secretKeys.has(String(key)) ? '***' : value;
}

const secretKeys: ReadonlySet<string> = new Set(['password', 'secret', 'clientSecret']);
