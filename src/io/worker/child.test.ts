import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../base/log.ts';
import { silentLog } from '../../base/log.ts';
import { systemClock } from '../clock.ts';
import type { WorkerLimits } from './child.ts';
import { WorkerChild } from './child.ts';

const program = `${import.meta.dirname}/fixtures/program.ts`;
const children: TestChild[] = [];

afterEach(async () => {
  await Promise.all(children.splice(0).map((child) => child.worker.close()));
});

describe('a worker process', { timeout: 60_000 }, () => {
  it('carries control messages and bytes both ways', async () => {
    const child = start();
    child.worker.sendJson({ act: 'echo', text: 'grüß Gott' });
    child.worker.sendJson({ act: 'big' });
    await until(() => child.messages.length === 1);
    assert.deepEqual(child.json, [{ echo: { act: 'echo', text: 'grüß Gott' } }]);
    assert.deepEqual(child.messages[0], { kind: 16, payload: Buffer.alloc(1_000_000, 7) });
  });

  it('says why it ended', async () => {
    const exits = start();
    exits.worker.sendJson({ act: 'exit' });
    const killed = start();
    process.kill(killed.worker.pid!, 'SIGKILL');
    const missing = start({ program: '/nowhere/program.ts' });
    await until(() => [exits, killed, missing].every(({ reasons }) => reasons.length > 0));
    assert.deepEqual(exits.reasons, ['it ended with code 3']);
    assert.deepEqual(killed.reasons, ['it was ended by SIGKILL']);
    assert.deepEqual(missing.reasons, ['it ended with code 1']);
  });

  it('is killed when it talks nonsense', async () => {
    const garbage = start();
    garbage.worker.sendJson({ act: 'garbage' });
    const badJson = start();
    badJson.worker.sendJson({ act: 'bad json' });
    await until(() => garbage.reasons.length + badJson.reasons.length === 2);
    assert.match(garbage.reasons[0]!, /bytes was announced/);
    assert.match(badJson.reasons[0]!, /not JSON/);
    assert.ok(isGone(garbage.worker.pid!) && isGone(badJson.worker.pid!));
  });

  it('is killed when it stops answering, stopped or too busy', async () => {
    const limits = { pingEveryMs: 40, unansweredPings: 20, unansweredPingsAtStart: 500 };
    const stopped = start({ limits });
    const busy = start({ limits });
    for (const { worker } of [stopped, busy]) worker.sendJson({ act: 'echo' });
    await until(() => stopped.json.length + busy.json.length === 2);
    process.kill(stopped.worker.pid!, 'SIGSTOP');
    busy.worker.sendJson({ act: 'spin' });
    await until(() => stopped.reasons.length + busy.reasons.length === 2);
    assert.deepEqual([...stopped.reasons, ...busy.reasons], Array(2).fill('it did not answer for 0.8 s'));
    assert.ok(isGone(stopped.worker.pid!) && isGone(busy.worker.pid!));
  });

  it('lives on while it answers', async () => {
    const child = start({ limits: { pingEveryMs: 20, unansweredPings: 30, unansweredPingsAtStart: 500 } });
    child.worker.sendJson({ act: 'echo' });
    await until(() => child.json.length === 1);
    await sleep(900);
    assert.deepEqual(child.reasons, []);
  });

  it('is gone after close, and calls nobody any more', async () => {
    const child = start();
    child.worker.sendJson({ act: 'big' });
    await child.worker.close();
    assert.ok(isGone(child.worker.pid!));
    assert.deepEqual([child.reasons, child.messages], [[], []]);
    assert.equal(child.worker.sendJson({ act: 'echo' }), false);
  });

  it('gets no secrets from the environment', async () => {
    process.env['SIGHTLINE_TEST_SECRET'] = 'x';
    const child = start();
    child.worker.sendJson({ act: 'environment' });
    await until(() => child.json.length === 1);
    delete process.env['SIGHTLINE_TEST_SECRET'];
    const { names } = child.json[0] as { names: string[] };
    assert.equal(names.includes('SIGHTLINE_TEST_SECRET'), false);
  });

  it('writes a bounded number of short lines to the log, without passwords', async () => {
    const lines: string[] = [];
    const log: Log = { ...silentLog, warn: (_, fields) => void lines.push(String(fields?.['line'])) };
    const child = start({ log });
    child.worker.sendJson({ act: 'chatter' });
    child.worker.sendJson({ act: 'echo' });
    await until(() => child.json.length === 1 && lines.length === 40);
    await sleep(50);
    assert.equal(lines.length, 40);
    assert.ok(lines.every((line) => line.length <= 500 && !line.includes('secret')));
  });

  for (const mood of ['idle', 'spin']) {
    it(`does not outlive its server (${mood})`, { timeout: 10_000 }, async () => {
      const server = spawn(process.execPath, [`${import.meta.dirname}/fixtures/server.ts`, mood], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(server.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      assert.equal(isGone(pid), false);
      server.kill('SIGKILL');
      await until(() => isGone(pid));
    });
  }
});

interface TestChild {
  worker: WorkerChild;
  json: unknown[];
  messages: { kind: number; payload: Uint8Array }[];
  reasons: string[];
}

function start(options: { program?: string; log?: Log; limits?: WorkerLimits } = {}): TestChild {
  const json: unknown[] = [];
  const messages: TestChild['messages'] = [];
  const reasons: string[] = [];
  const worker = new WorkerChild(
    { program, clock: systemClock, log: silentLog, ...options },
    {
      json: (message) => void json.push(message),
      message: (kind, payload) => void messages.push({ kind, payload: Buffer.from(payload) }),
      exited: (reason) => void reasons.push(reason),
    },
  );
  const child = { worker, json, messages, reasons };
  children.push(child);
  return child;
}

/** A zombie counts as gone: its parent is a test helper that was killed. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

/** The test runner's own limit ends a wait that never comes true. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
