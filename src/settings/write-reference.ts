/**
 * Writes `docs/reference/configuration.md`, `settings.md` and `sightline.schema.json` anew.
 */
import { writeFileAtomically } from '../io/files.ts';
import { settingsReference } from './live/reference.ts';
import { referencePage, schemaFile } from './reference.ts';

const folder = new URL('../../docs/reference/', import.meta.url).pathname;
await writeFileAtomically(`${folder}configuration.md`, referencePage());
await writeFileAtomically(`${folder}sightline.schema.json`, schemaFile());
await writeFileAtomically(`${folder}settings.md`, settingsReference());
