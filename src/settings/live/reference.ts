/**
 * The reference page of the settings that are changed while the server runs, made from their definitions.
 */
import type { SettingDefinition } from '../../base/setting.ts';
import { expectation } from '../json-schema.ts';
import { definitionOf, jsonSchemaOf, settingKeys } from './registry.ts';
import type { SettingKey } from './registry.ts';

const introduction = `# Settings

Made from their definitions by \`node src/settings/write-reference.ts\`; a test keeps it current.

These are changed while the server runs: on the page **Settings** of the dashboard, or with

\`\`\`sh
curl -X PATCH -H 'content-type: application/json' -H 'Authorization: Bearer sl_…' \\
  -d '{ "values": { "rtspPort": 9554, "logLevel": null } }' https://cameras.example/api/v1/settings
\`\`\`

- All values of one request are changed, or none. \`null\` means: as by default.
- With \`"camera": "cam_…"\` a value counts for that camera alone; \`null\` then means: as the server. Keys for which that is
  possible are marked *camera*.
- What stands in the [configuration](configuration.md) (file, environment, flags) cannot be changed here; the table names
  its place there.
- With \`If-Match\` (or \`"revision"\`) and the revision that \`GET /api/v1/settings\` answered, a key that somebody else
  changed since is refused with 412.
- Everybody who may read a key is told of its changes (\`settings.changed\` in \`GET /api/v1/events\`).
- Who may: the permission in the table; for a camera's value also the right \`settings\` on that camera.
`;

export function settingsReference(): string {
  const groups = new Map<string, SettingKey[]>();
  for (const key of settingKeys) {
    const { group } = definitionOf(key);
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  return introduction + Array.from(groups, ([name, keys]) => groupText(name, keys)).join('');
}

function groupText(name: string, keys: readonly SettingKey[]): string {
  const head =
    '| key | what belongs there | default | meaning | a change | read, write |\n|---|---|---|---|---|---|\n';
  return `\n## ${name}\n\n${head}${keys.map(row).join('')}`;
}

function row(key: SettingKey): string {
  const definition = definitionOf(key);
  const { title, description, unit, scope, read, write, startup } = definition;
  const named = [`\`${key}\``, scope === 'both' ? '*camera*' : '', startup ? `\`${startup.join('.')}\`` : ''];
  const wanted = `${expectation(jsonSchemaOf(key))}${unit === undefined ? '' : ` (${unit})`}`;
  const fallback =
    definition.default === null ? definition.none : `\`${JSON.stringify(definition.default)}\``;
  const cells = [
    named.filter(Boolean).join('<br>'),
    wanted,
    fallback ?? '',
    `**${title}.** ${description}`,
    effectText(definition),
    `\`${read}\`, \`${write}\``,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |\n`;
}

const effects: Readonly<Record<SettingDefinition['effect'], string>> = {
  'at-once': 'at once',
  'new-viewers': 'for new viewers',
  'reconnects-viewers': 'ends viewers once',
  restart: 'with the next start',
  'not-active-yet': 'not active yet',
};

function effectText({ effect, effectNote }: SettingDefinition): string {
  return effectNote === undefined || effect === 'not-active-yet'
    ? effects[effect]
    : `${effects[effect]}. ${effectNote}`;
}
