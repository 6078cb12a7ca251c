/**
 * A short day of a server: cameras are watched by people who stay and people who come and go, one camera loses power,
 * and in the evening everybody leaves. Nothing may be left over. `bench/soak.ts` is the same for hours.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Crowd } from '../../bench/support/crowd.ts';
import type { ProcessFigures } from '../../bench/support/process-figures.ts';
import { readProcess } from '../../bench/support/process-figures.ts';
import { SoakCameras } from '../../bench/support/soak-cameras.ts';
import type { Seen } from '../../bench/support/viewer.ts';
import type { RunningServer } from '../support/server.ts';
import { startServer } from '../support/server.ts';

/** Parts that each steady viewer sees of a camera before the evening: some ten seconds. */
const partsOfADay = 50;
const guestMs = 1500;
/** This test's own kept-alive connections to the API come and go; one socket left by each camera would be three. */
const keptFds = 2;
/**
 * Resident memory is a coarse measure: compiled code, pages the allocator keeps, garbage that nobody had a reason to
 * collect (together some 20 MB). A server that kept a part for each answer, or a window for each guest, would be
 * beyond this bound; slower leaks are for the hours of the bench.
 */
const keptMb = 100;
/** Viewers are forgotten after three target durations, muxers 5 s later, cameras 1 s later. */
const idleWithinMs = 60_000;
/** Given up after this, and told as a failure; a slow machine needs a few seconds. */
const seenWithinMs = 60_000;

describe('a day of a server', { skip: readProcess(process.pid) ? false : 'this system has no /proc' }, () => {
  let server: RunningServer;
  let cameras: SoakCameras;
  let morning: ProcessFigures;
  let seen: readonly Seen[];

  before(async () => {
    server = await startServer({ config: 'log:\n  level: error\n' });
    cameras = await SoakCameras.start(server, 1000);
    await workerStarted(server);
    morning = figuresOf(server);
    seen = await liveThroughIt(server, cameras);
    for (const { id } of cameras.cameras) {
      await server.waitFor(id, 'idle', ({ status }) => status.state === 'idle', idleWithinMs);
    }
  });

  after(async () => {
    await cameras?.stop();
    await server?.stop();
  });

  it('shows everybody their camera, also after its power was cut', (t) => {
    for (const { name, parts, stalls, offline } of seen) {
      t.diagnostic(`${name}: ${parts} parts, ${stalls} stalls, ${offline} times offline`);
    }
    const steady = seen.filter(({ name }) => name.startsWith('viewer'));
    assert.equal(steady.length, cameras.cameras.length * 2);
    for (const { name, parts } of steady) assert.ok(parts >= partsOfADay, `${name} saw ${parts} parts`);
  });

  it('answers everything it listed, and its numbers never go back', () => {
    assert.deepEqual(
      seen.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`)),
      [],
    );
  });

  it('has closed what it opened for them', (t) => {
    const evening = figuresOf(server);
    t.diagnostic(
      `descriptors ${morning.fds} to ${evening.fds}, sockets ${morning.sockets} to ${evening.sockets}`,
    );
    assert.ok(evening.fds <= morning.fds + keptFds, `${morning.fds} descriptors became ${evening.fds}`);
    assert.deepEqual(evening.children, morning.children, 'the child processes are the same');
  });

  it('has forgotten the people and their media', async (t) => {
    for (const { id } of cameras.cameras) {
      const { stats } = (await server.camera(id)).status;
      assert.deepEqual({ viewers: stats.viewers, readers: stats.readers }, { viewers: 0, readers: 0 });
    }
    const evening = figuresOf(server);
    t.diagnostic(`RSS ${morning.rssMb.toFixed(0)} MB to ${evening.rssMb.toFixed(0)} MB`);
    assert.ok(evening.rssMb - morning.rssMb < keptMb, `${morning.rssMb} MB became ${evening.rssMb} MB`);
  });
});

/** Two viewers stay at each camera, guests come and go, the last camera loses power in the middle of it. */
async function liveThroughIt(server: RunningServer, cameras: SoakCameras): Promise<readonly Seen[]> {
  const port = Number(new URL(server.url).port);
  const crowd = new Crowd({ port, cameras: cameras.cameras, steady: 2, guestMs });
  try {
    await allSaw(crowd, partsOfADay / 2);
    await cameras.cutPower(500);
    await allSaw(crowd, partsOfADay);
  } finally {
    await crowd.leave();
  }
  return crowd.reports();
}

/** Every steady viewer has seen so many parts. */
async function allSaw(crowd: Crowd, parts: number): Promise<void> {
  const deadline = Date.now() + seenWithinMs;
  const isSlow = (seen: Seen): boolean => seen.name.startsWith('viewer') && seen.parts < parts;
  while (crowd.reports().some(isSlow) && Date.now() < deadline) await pause();
}

/** The demo camera keeps its worker process warm, which starts with the server. */
async function workerStarted(server: RunningServer): Promise<void> {
  const deadline = Date.now() + seenWithinMs;
  while (figuresOf(server).children.length === 0 && Date.now() < deadline) await pause();
}

function pause(): Promise<void> {
  return new Promise((wake) => setTimeout(wake, 100));
}

function figuresOf(server: RunningServer): ProcessFigures {
  const figures = readProcess(server.pid);
  assert.ok(figures, `the server is gone:\n${server.output()}`);
  return figures;
}
