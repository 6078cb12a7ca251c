/** Clips on a real database and real files, plain and sealed; the disk and the clip workers are told when to fail. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { Result } from '../../base/result.ts';
import { err, ok } from '../../base/result.ts';
import { systemDisk } from '../../archive/disk.ts';
import type { Disk } from '../../archive/disk.ts';
import { plainEnvelope } from '../../archive/envelope.ts';
import type { Envelopes } from '../../archive/envelope.ts';
import { SealedEnvelope } from '../../archive/seal/sealed-envelope.ts';
import { preambleHolds, readPreamble } from '../../archive/seal/preamble.ts';
import { listClipFiles, openClipFile } from '../../database/clip-files.ts';
import { openDatabase } from '../../database/database.ts';
import { systemRandom } from '../../io/random.ts';
import { ArchiveBlobs } from './archive-blobs.ts';
import { recordBytes } from './blobs.ts';
import { ClipClients } from './clients.ts';
import type { ClipFacts, MadeSegment, MediaFault } from './media.ts';
import { ReadySegments } from './ready-segments.ts';
import { ClipRetention } from './retention.ts';
import { ClipStore } from './store.ts';
import { ClipUploads } from './uploads.ts';

const startMs = Date.UTC(2026, 9, 20);
const dayMs = 86_400_000;
const dataKey = randomBytes(32);

const plain: Envelopes = {
  sealing: false,
  create: async () => ok(plainEnvelope),
  open: async () => ok(plainEnvelope),
};
/** One key for everything. */
const sealed: Envelopes = {
  sealing: true,
  create: async (_place, fileId) =>
    ok(new SealedEnvelope({ fileId, keyId: Buffer.alloc(16, 7) }, dataKey, systemRandom)),
  open: async (_place, start) => {
    const preamble = readPreamble(start);
    const holds = typeof preamble !== 'string' && preambleHolds(start, preamble, dataKey);
    return holds
      ? ok(new SealedEnvelope(preamble, dataKey, systemRandom))
      : err({ kind: 'damaged', message: 'damaged' });
  },
};

interface Rig {
  readonly clock: ManualClock;
  readonly store: ClipStore;
  readonly uploads: ClipUploads;
  readonly clients: ClipClients;
  readonly blobs: ArchiveBlobs;
  readonly queries: Parameters<typeof listClipFiles>[0];
  readonly folder: string;
  readonly clientId: string;
  probe: Result<ClipFacts, MediaFault>;
  files(): Promise<readonly string[]>;
}

async function rigFor(t: TestContext, { envelopes = plain, disk = systemDisk } = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-clip-store-'));
  const opened = await openDatabase(join(folder, 'test.sqlite'));
  if (!opened.ok) throw new Error(opened.error.message);
  t.after(async () => {
    await opened.value.close();
    await rm(folder, { recursive: true });
  });
  const { queries } = opened.value;
  const clock = new ManualClock(startMs);
  const space = { freeBytes: 1e9, totalBytes: 1e10 };
  const volumes = () => [
    { id: 'vol', path: join(folder, 'volume'), state: 'ready', reason: '', space } as const,
  ];
  const shared = { queries, clock, random: systemRandom, log: silentLog };
  const blobs = new ArchiveBlobs({ ...shared, disk, envelopes, volumes });
  const rig: { probe: Rig['probe'] } = { probe: ok({ durationMs: 6000, hasVideo: true, codecs: ['avc'] }) };
  const media = { probe: async () => rig.probe };
  const store = new ClipStore({ ...shared, blobs, media, maxUploadBytes: 40_000_000 });
  const uploads = new ClipUploads({
    ...shared,
    blobs,
    store,
    maxUploadBytes: 40_000_000,
    unfinishedMs: dayMs,
  });
  const clients = new ClipClients(shared);
  const clientId = (await clients.create('Gate'))?.client.id ?? '';
  const files = async (): Promise<readonly string[]> => {
    const all = await readdir(join(folder, 'volume'), { recursive: true }).catch(() => []);
    return all.filter((name) => name.endsWith('.clip')).map((name) => join(folder, 'volume', name));
  };
  return Object.assign(rig, { clock, store, uploads, clients, blobs, queries, folder, clientId, files });
}

/** Any bytes that begin like MP4. */
function film(bytes: number): Buffer {
  const content = randomBytes(bytes);
  content.write('ftypisom', 4);
  return content;
}

async function* chunksOf(bytes: Uint8Array, chunkBytes = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
}

async function* brokenOff(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new Error('the connection ended');
}

const at = (ms: number) => ({ startMs: ms, endMs: undefined });

describe('a stored clip', () => {
  for (const [name, envelopes] of [
    ['plain', plain],
    ['sealed', sealed],
  ] as const) {
    it(`is read again byte by byte, ${name}`, async (t) => {
      const rig = await rigFor(t, { envelopes });
      const bytes = film(2 * recordBytes + 12_345);
      const taken = await rig.store.take(rig.clientId, chunksOf(bytes), at(startMs));
      assert.ok(taken.ok);
      const { clip } = taken.value;
      assert.deepEqual([clip.records, clip.bytes, clip.endMs - clip.startMs], [3, bytes.length, 6000]);
      const ranges = [
        [0, 10],
        [recordBytes - 5, recordBytes + 5],
        [0, bytes.length],
        [bytes.length - 1, bytes.length],
      ] as const;
      await rig.store.read(clip, async (reading) => {
        for (const [from, to] of ranges) {
          const read = await reading.read(from, to);
          assert.ok(read.ok && Buffer.from(read.value).equals(bytes.subarray(from, to)), `${from} to ${to}`);
        }
      });
      const [file = ''] = await rig.files();
      assert.equal((await readFile(file)).includes(bytes.subarray(100, 132)), name === 'plain');
    });
  }

  it('is refused as damaged when a sealed record was changed', async (t) => {
    const rig = await rigFor(t, { envelopes: sealed });
    const taken = await rig.store.take(rig.clientId, chunksOf(film(recordBytes + 100)), at(startMs));
    assert.ok(taken.ok);
    const [file = ''] = await rig.files();
    const stored = await readFile(file);
    stored[stored.length - 30] = (stored[stored.length - 30] ?? 0) ^ 1;
    await writeFile(file, stored);
    const read = await rig.store.read(taken.value.clip, (reading) =>
      reading.read(recordBytes, recordBytes + 10),
    );
    assert.ok(read.ok && !read.value.ok);
    assert.match(read.value.error, /Record 1 .* damaged/);
  });

  it('leaves nothing when its sender, its worker or the disk fails', async (t) => {
    let full = false;
    const disk: Disk = {
      ...systemDisk,
      create: async (path) => {
        const file = await systemDisk.create(path);
        const write: typeof file.write = (parts, position) =>
          full
            ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
            : file.write(parts, position);
        return { ...file, write };
      },
    };
    const rig = await rigFor(t, { disk });
    const gone = await rig.store.take(rig.clientId, brokenOff(film(500_000)), at(startMs));
    assert.ok(!gone.ok && gone.error.kind === 'interrupted');
    rig.probe = err({ kind: 'broken', message: 'The file is damaged.' });
    const broken = await rig.store.take(rig.clientId, chunksOf(film(1000)), at(startMs));
    assert.ok(!broken.ok && broken.error.kind === 'broken');
    full = true;
    const unstored = await rig.store.take(rig.clientId, chunksOf(film(500_000)), at(startMs));
    assert.ok(!unstored.ok && unstored.error.kind === 'storage');
    assert.match(unstored.error.message, /disk is full/);
    assert.deepEqual([await rig.files(), await listClipFiles(rig.queries)], [[], []]);
  });

  it('does not come back after a crash when it was not whole', async (t) => {
    const rig = await rigFor(t);
    const taken = await rig.store.take(rig.clientId, chunksOf(film(1000)), at(startMs));
    assert.ok(taken.ok);
    const left = { volumeId: 'vol', path: `${rig.clientId}/2026-10-20/blob_left.clip` };
    await openClipFile(rig.queries, left);
    await writeFile(join(rig.folder, 'volume', left.path), 'half of it');
    await rig.blobs.start();
    assert.equal((await rig.files()).length, 1);
    assert.deepEqual(await listClipFiles(rig.queries), []);
  });
});

describe('clips that are too old or too many', () => {
  it('go, oldest first, and what was made of them goes too', async (t) => {
    const rig = await rigFor(t);
    for (let day = 0; day < 5; day += 1) {
      await rig.store.take(rig.clientId, chunksOf(film(100_000 + day)), at(startMs + day * dayMs));
    }
    const media = { segment: async (): Promise<Result<MadeSegment, MediaFault>> => ok(segmentOf(1000)) };
    const format = {
      widthPixels: 2,
      heightPixels: 2,
      bitsPerSecond: 1,
      framesPerSecond: 1,
      encoder: 'libx264',
    };
    const segments = new ReadySegments({
      media,
      store: rig.store,
      log: silentLog,
      format,
      maxCacheBytes: 1e6,
    });
    const all = await rig.store.list(rig.clientId, { fromMs: 0, toMs: Infinity, limit: 10 });
    for (const clip of all) await segments.get(clip, 0);
    assert.equal(segments.status().bytes, 5000);
    rig.clock.advance(4 * dayMs);
    const limits = { maxAgeDays: 2.5, maxBytes: 250_000 };
    const retention = new ClipRetention({ ...rig, log: silentLog, limits });
    await retention.enforce();
    const left = await rig.store.list(rig.clientId, { fromMs: 0, toMs: Infinity, limit: 10 });
    assert.deepEqual(
      left.map((clip) => (clip.startMs - startMs) / dayMs),
      [3, 4],
    );
    assert.equal((await rig.files()).length, 2);
    assert.equal(segments.status().bytes, 2000);
    await retention.close();
  });
});

describe('an upload in many small pieces', () => {
  it('becomes the file, and its number of stored pieces stays in proportion', async (t) => {
    const rig = await rigFor(t, { envelopes: sealed });
    const bytes = film(3_000_000);
    const begun = await rig.uploads.create(rig.clientId, bytes.length, at(startMs));
    assert.ok(begun.ok);
    const { id } = begun.value;
    let most = 0;
    for (let offset = 0; offset < bytes.length; offset += 60_000) {
      const piece = bytes.subarray(offset, offset + 60_000);
      const body = offset % 120_000 === 0 ? brokenOff(piece) : chunksOf(piece);
      const appended = await rig.uploads.append(rig.clientId, id, offset, body);
      assert.ok(appended.ok || appended.error.kind === 'interrupted');
      most = Math.max(most, (await rig.files()).length);
    }
    const upload = await rig.uploads.find(rig.clientId, id);
    if (upload?.clipId === null) await rig.uploads.resume(); // the last piece broke off behind its last byte
    const [clip] = await rig.store.list(rig.clientId, { fromMs: 0, toMs: Infinity, limit: 10 });
    assert.equal(clip?.bytes, bytes.length);
    await rig.store.read(clip, async (reading) => {
      const read = await reading.read(0, bytes.length);
      assert.ok(read.ok && Buffer.from(read.value).equals(bytes));
    });
    assert.ok(most <= 5, `${most} files`);
    assert.equal((await rig.files()).length, 1);
  });

  it('expires when it is not finished', async (t) => {
    const rig = await rigFor(t);
    const begun = await rig.uploads.create(rig.clientId, 5000, at(startMs));
    assert.ok(begun.ok);
    await rig.uploads.append(rig.clientId, begun.value.id, 0, chunksOf(film(4000)));
    rig.clock.advance(dayMs + 1);
    assert.equal(await rig.uploads.find(rig.clientId, begun.value.id), undefined);
    await rig.uploads.expire();
    assert.deepEqual(await rig.files(), []);
  });
});

describe('a client', () => {
  it('is known by its newest secret only', async (t) => {
    const { clients } = await rigFor(t);
    const made = await clients.create('Barn');
    assert.ok(made);
    const { id } = made.client;
    assert.equal((await clients.authenticate(id, made.secret))?.id, id);
    assert.equal(await clients.authenticate(id, `${made.secret}x`), undefined);
    assert.equal(await clients.authenticate('cli_unknown', made.secret), undefined);
    const renewed = await clients.rotate(id);
    assert.equal(await clients.authenticate(id, made.secret), undefined);
    assert.equal((await clients.authenticate(id, renewed?.secret ?? ''))?.id, id);
    assert.ok(!JSON.stringify(await clients.list()).includes(renewed?.secret ?? ''));
  });
});

function segmentOf(bytes: number): MadeSegment {
  return { bytes: new Uint8Array(bytes), durationMs: 6000, encoder: 'libx264' };
}
