/**
 * The reference page of the configuration, made from the schema so that it cannot be wrong.
 */
import type { JsonSchema } from './json-schema.ts';
import { expectation, pathText, settingsJsonSchema, variantsOf } from './json-schema.ts';

const introduction = `# Configuration

Made from the schema by \`node src/settings/write-reference.ts\`; a test keeps it current.

Everything has a default: without a file the server starts on <http://127.0.0.1:8080>.
The file is YAML, by default \`sightline.yaml\` in the working folder, else the one named by \`--config\`.
For completion in an editor begin it with
\`# yaml-language-server: $schema=./docs/reference/sightline.schema.json\`.

\`sightline check\` prints every error with its line and, when there is none, what is in effect.

- **Order:** flags (\`--data\`, \`--port\`, \`--host\`) win over environment variables, these over the file, that over the defaults.
- **Environment:** \`SIGHTLINE__\` and the name; two underscores lead into a group, case and single underscores do not matter:
  \`SIGHTLINE__PORT=9000\`, \`SIGHTLINE__HLS__PART_MS=500\`, \`SIGHTLINE__NETWORK__ALLOW='[127.0.0.0/8]'\`. Values are YAML.
- **Paths:** relative ones in the file begin at the file's folder, all others at the working folder.
- **Cameras:** a camera in the file is made at the next start, and brought to what the file says at every later one. It is
  found by its \`externalId\`, else by its name. What the file says of it cannot be changed in the dashboard; what the
  file does not mention can. Taken out of the file it stays, with its footage, and is free.
- **Address:** until there are accounts the server listens on this machine only and refuses any other \`host\`.

\`\`\`yaml
port: 8080
cameras:
  - name: Front door
    source: { kind: rtsp, url: rtsp://user:password@192.168.1.20/stream1 }
    start: always
  - name: Demo
    source: { kind: demo }
\`\`\`

## All settings

| setting | what belongs there | default | meaning |
|---|---|---|---|
`;

export function referencePage(): string {
  return introduction + rows(settingsJsonSchema, []).join('');
}

/** As Prettier would write it: short lists on one line. */
export function schemaFile(): string {
  const text = JSON.stringify(settingsJsonSchema, null, 2);
  return `${text.replaceAll(/\[\n[^[\]{}]*\]/g, (list) => list.replaceAll(/\s*\n\s*/g, '').replaceAll('","', '", "'))}\n`;
}

function rows(schema: JsonSchema, path: readonly string[]): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const here = [...path, key];
    return isGroup(property) ? rows(property, here) : [row(property, here), ...inside(property, here)];
  });
}

/** The fields of a list's entries and of a union's variants. */
function inside(schema: JsonSchema, path: readonly string[]): readonly string[] {
  if (schema.items?.properties) return rows(schema.items, [...path.slice(0, -1), `${path.at(-1) ?? ''}[]`]);
  return variantsOf(schema).flatMap((variant) =>
    rows(variant, [
      ...path.slice(0, -1),
      `${path.at(-1) ?? ''}(${String(variant.properties?.['kind']?.const)})`,
    ]),
  );
}

function row(schema: JsonSchema, path: readonly string[]): string {
  const fallback = schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
  return `| \`${pathText(path)}\` | ${expectation(schema)} | ${fallback} | ${schema.description ?? ''} |\n`;
}

function isGroup(schema: JsonSchema): boolean {
  return schema.type === 'object' && schema.properties !== undefined;
}
