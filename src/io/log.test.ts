import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LogOptions } from './log.ts';
import { openLog } from './log.ts';

function opened(options: LogOptions) {
  const lines: string[] = [];
  return { log: openLog(options, { write: (line) => lines.push(line) }), lines };
}

describe('the log', () => {
  test('writes one JSON object per line, with the fields of its children', () => {
    const { log, lines } = opened({ level: 'info', format: 'json' });
    log.child({ camera: 'cam_1' }).warn('The camera is silent', { forMs: 5000 });
    assert.equal(lines.length, 1);
    const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(rest, { level: 40, camera: 'cam_1', forMs: 5000, message: 'The camera is silent' });
  });

  test('keeps lines below its level to itself', () => {
    const { log, lines } = opened({ level: 'warn', format: 'lines' });
    log.debug('a');
    log.info('b');
    log.error('c');
    assert.equal(lines.length, 1);
  });

  test('follows its level when that changes, in its children, too', () => {
    const options: { level: LogOptions['level']; format: 'lines' } = { level: 'warn', format: 'lines' };
    const { log, lines } = opened(options);
    const child = log.child({ camera: 'cam_1' });
    child.debug('a');
    options.level = 'debug';
    child.debug('b');
    log.debug('c');
    assert.deepEqual(
      lines.map((line) => line.slice(13).trim()),
      ['debug b camera=cam_1', 'debug c'],
    );
  });

  test('never shows a password, wherever it hides', () => {
    for (const format of ['json', 'lines'] as const) {
      const { log, lines } = opened({ level: 'debug', format });
      const url = 'rtsp://admin:hunter2@10.0.0.9/stream';
      log.info(`Connecting to ${url}`, {
        url,
        nested: { list: [url] },
        error: new Error('failed', { cause: new Error(`no route to ${url}`) }),
      });
      log.child({ url }).info('again');
      assert.equal(lines.length, 2);
      assert.doesNotMatch(lines.join(''), /hunter2/);
      assert.match(lines[0] ?? '', /rtsp:\/\/\*\*\*@10\.0\.0\.9\/stream/);
    }
  });

  test('cannot be made to draw on the terminal by what a camera says', () => {
    const { log, lines } = opened({ level: 'info', format: 'lines' });
    log.info('Connected\r', { server: 'Evil\u001b[2J\nERROR fake line' });
    assert.match(
      lines[0] ?? '',
      /^[\d:.]+ info {2}Connected {2}server="Evil\\u001b\[2J\\nERROR fake line"\n$/,
    );
  });

  test('survives fields that contain themselves', () => {
    const { log, lines } = opened({ level: 'info', format: 'json' });
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    log.info('Round', { loop, count: 3n, bytes: new Uint8Array(5) });
    assert.match(lines[0] ?? '', /"count":"3","bytes":"5 bytes"/);
  });
});
