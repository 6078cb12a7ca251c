import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MachineMeter, processUse } from './machine.ts';

function busyFor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a look at this machine', () => {
  test('tells what was used since the look before, and not what was used earlier', async () => {
    const meter = new MachineMeter();
    await pause(60);
    busyFor(150);
    await pause(50);
    const busy = meter.look();
    await pause(200);
    const idle = meter.look();
    meter.close();
    assert.ok(busy.cpu.processCores > idle.cpu.processCores, 'work shows, and is over');
    assert.ok(busy.eventLoop.maxMs >= 100, `a turn of 150 ms delays others: ${busy.eventLoop.maxMs}`);
    assert.ok(busy.eventLoop.busyShare > idle.eventLoop.busyShare);
  });

  test('has shares between nothing and all, and figures that fit together', () => {
    const meter = new MachineMeter();
    const { cpu, memory, eventLoop, files } = meter.look();
    meter.close();
    for (const share of [cpu.machineShare, ...cpu.coreShares, eventLoop.busyShare])
      assert.ok(share >= 0 && share <= 1, String(share));
    assert.ok(memory.heapUsedBytes < memory.rssBytes && memory.rssBytes < memory.machineTotalBytes);
    assert.ok(memory.machineFreeBytes <= memory.machineTotalBytes);
    assert.ok(
      eventLoop.p50Ms <= eventLoop.p99Ms && eventLoop.p99Ms <= Math.max(eventLoop.maxMs, eventLoop.p99Ms),
    );
    assert.ok(files.open === null || files.limit === null || files.open < files.limit);
  });
});

describe('another process', { skip: process.platform !== 'linux' && 'only Linux tells' }, () => {
  test('is seen as itself sees it', () => {
    const use = processUse(process.pid);
    assert.ok(use);
    const own = process.memoryUsage.rss();
    assert.ok(Math.abs(use.rssBytes - own) < own / 2, `${use.rssBytes} and ${own}`);
    assert.ok(use.cpuMs > 0);
  });

  test('that is not there is not seen', () => {
    assert.equal(processUse(2 ** 30), undefined);
  });
});
