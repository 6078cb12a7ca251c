/**
 * Step 3: recordings and everything about them. What each table and column means stands in `../schema.ts`.
 */
import type { CreateTableBuilder, Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const recording: Migration = { up };

async function up(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .alterTable('cameras')
    .addColumn('recording', 'text', (column) => column.notNull().defaultTo('{"mode":"off"}'))
    .execute();
  await archiveTables(database);
  await ledgerTables(database);
  await clipTables(database);
}

async function archiveTables(database: Kysely<unknown>): Promise<void> {
  await table(database, 'volumes', { id: 'id', path: 'text', created_ms: 'time' }).execute();
  await table(database, 'recording_codecs', { id: 'id', tracks: 'text', init: 'blob' }).execute();
  await table(database, 'recording_openings', { ...place, head: 'text', opened_ms: 'time' }).execute();
  await table(database, 'recordings', {
    ...place,
    codec_id: 'text',
    key_id: 'text?',
    run_id: 'text',
    start_ms: 'time',
    end_ms: 'time',
    media_offset_ms: 'real',
    bytes: 'integer',
    frames: 'integer',
    lost_packets: 'integer',
    trigger: 'text',
    end_reason: 'text',
    chain: 'text',
    verified_ms: 'time?',
    damage: 'text?',
  }).execute();
  await index(database, 'recordings', ['camera_id', 'start_ms', 'end_ms', 'id', 'bytes', 'run_id']);
  await index(database, 'recordings', ['start_ms']);
  await index(database, 'recordings', ['verified_ms']);
  await table(database, 'recording_fragments', { recording_id: 'id', packed: 'blob' }).execute();
  await table(database, 'runs', { id: 'id', camera_id: 'text', start_ms: 'time', end_ms: 'time' }).execute();
  await index(database, 'runs', ['camera_id', 'start_ms', 'end_ms']);
  await table(database, 'thumb_packs', {
    path: 'id',
    camera_id: 'text',
    volume_id: 'text',
    from_ms: 'time',
    to_ms: 'time',
    bytes: 'integer',
    packed: 'blob',
  }).execute();
  await index(database, 'thumb_packs', ['camera_id', 'from_ms', 'to_ms']);
  await table(database, 'garbage', { path: 'id', volume_id: 'text', since_ms: 'time' }).execute();
}

async function ledgerTables(database: Kysely<unknown>): Promise<void> {
  const span = { camera_id: 'text', start_ms: 'time' } as const;
  await table(database, 'gaps', {
    id: 'id',
    ...span,
    end_ms: 'time?',
    cause: 'text',
    detail: 'text',
  }).execute();
  await index(database, 'gaps', ['camera_id', 'start_ms']);
  await table(database, 'recording_marks', {
    camera_id: 'id',
    wanted: 'integer',
    covered_until_ms: 'time',
    seen_ms: 'time',
  }).execute();
  await table(database, 'camera_events', {
    id: 'id',
    ...span,
    end_ms: 'time?',
    kind: 'text',
    label: 'text',
    detail: 'text',
  }).execute();
  await index(database, 'camera_events', ['camera_id', 'start_ms']);
  await table(database, 'holds', {
    id: 'id',
    camera_id: 'text?',
    start_ms: 'time',
    end_ms: 'time',
    until_ms: 'time?',
    reason: 'text',
    created_ms: 'time',
  }).execute();
  await table(database, 'deletions', {
    id: 'id',
    ...span,
    end_ms: 'time',
    recordings: 'integer',
    bytes: 'integer',
    reason: 'text',
    detail: 'text',
    deleted_ms: 'time',
  }).execute();
  await index(database, 'deletions', ['deleted_ms']);
  await table(database, 'exports', {
    id: 'id',
    request: 'text',
    state: 'text',
    progress: 'real',
    bytes: 'integer',
    fault: 'text?',
    file: 'text?',
    created_ms: 'time',
    changed_ms: 'time',
  }).execute();
}

async function clipTables(database: Kysely<unknown>): Promise<void> {
  await table(database, 'clip_clients', {
    id: 'id',
    name: 'text',
    secret_hash: 'text',
    created_ms: 'time',
    seen_ms: 'time?',
  }).execute();
  await table(database, 'clips', {
    id: 'id',
    client_id: 'text',
    volume_id: 'text',
    path: 'text',
    key_id: 'text?',
    content_hash: 'text',
    container: 'text',
    start_ms: 'time',
    end_ms: 'time',
    bytes: 'integer',
    records: 'integer',
    state: 'text',
    fault: 'text?',
    received_ms: 'time',
  }).execute();
  await index(database, 'clips', ['client_id', 'start_ms']);
  await database.schema
    .createIndex('clips_by_content')
    .on('clips')
    .columns(['client_id', 'content_hash'])
    .unique()
    .execute();
}

/** Where a recording's file is. */
const place = { id: 'id', camera_id: 'text', volume_id: 'text', path: 'text' } as const;

type ColumnKind = 'id' | 'text' | 'text?' | 'time' | 'time?' | 'integer' | 'real' | 'blob';

/** `id` is the primary key, `time` milliseconds since 1970; a question mark allows null. */
function table(database: Kysely<unknown>, name: string, columns: Readonly<Record<string, ColumnKind>>) {
  let builder: CreateTableBuilder<string> = database.schema.createTable(name);
  for (const [column, kind] of Object.entries(columns)) {
    const type = sqlType[kind];
    builder = builder.addColumn(column, type, (definition) => {
      if (kind === 'id') return definition.primaryKey().notNull();
      return kind.endsWith('?') ? definition : definition.notNull();
    });
  }
  return builder;
}

const sqlType = {
  id: 'text',
  text: 'text',
  'text?': 'text',
  time: 'bigint',
  'time?': 'bigint',
  integer: 'bigint',
  real: 'double precision',
  blob: 'blob',
} as const;

async function index(database: Kysely<unknown>, on: string, columns: string[]): Promise<void> {
  await database.schema.createIndex(`${on}_by_${columns[0]}`).on(on).columns(columns).execute();
}
