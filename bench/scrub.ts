/**
 * Scrubbing, on the server's side: how soon a small picture, a sharp picture and a keyframe of the past are there.
 *
 *   node bench/scrub.ts [--seconds 60] [--requests 100]
 *
 * The real server records its demo camera (1280x720, a keyframe every two seconds) for a while; then moments are asked
 * for at random, one after another, as a pointer does. The baseline is an answer that costs nothing (`/health`).
 */
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Camera } from '../src/api/contract/cameras.ts';
import type { Thumbs } from '../src/api/contract/playback.ts';
import { startServer } from '../test/support/server.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    requests: { type: 'string', default: '100' },
  },
});
const recordedMs = Number(values.seconds) * 1000;
const requests = Number(values.requests);

/** Milliseconds of each request, whole answers. */
async function measure(url: () => { url: string; range?: string }): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < requests; count += 1) {
    const { url: address, range } = url();
    const startedMs = performance.now();
    const answer = await fetch(address, range === undefined ? {} : { headers: { range } });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    times.push(performance.now() - startedMs);
  }
  return times.sort((a, b) => a - b);
}

const at = (times: readonly number[], share: number): number => times[Math.floor(times.length * share)] ?? 0;

const server = await startServer();
try {
  const [camera] = (await server.api<Camera[]>('GET', '/api/v1/cameras')).body;
  if (!camera) throw new Error('a new server has its demo camera');
  await server.api('PATCH', `/api/v1/cameras/${camera.id}`, { recording: { mode: 'continuous' } });
  const fromMs = Date.now() + 2000;
  await sleep(recordedMs);
  const toMs = Date.now() - 3000;
  const moment = (): number => Math.round(fromMs + Math.random() * (toMs - fromMs));
  const base = `${server.url}/api/v1/cameras/${camera.id}`;
  const thumbs = (await (await fetch(`${base}/thumbs?from=${fromMs}&to=${toMs}`)).json()) as Thumbs;
  const [pack] = thumbs.packs;
  if (!pack) throw new Error('no small picture was kept');

  const nothing = await measure(() => ({ url: `${server.url}/health` }));
  const baseline = at(nothing, 0.5);
  const rows: [string, number[]][] = [
    ['nothing (/health)', nothing],
    [
      'small picture (range of a pack)',
      await measure(() => {
        const index = Math.floor(Math.random() * pack.sizes.length);
        const first = pack.offsets[index] ?? 0;
        return {
          url: server.url + pack.url,
          range: `bytes=${first}-${first + (pack.sizes[index] ?? 1) - 1}`,
        };
      }),
    ],
    ['keyframe, as stored', await measure(() => ({ url: `${base}/keyframe?at=${moment()}` }))],
    [
      'keyframe as JPEG, 640 wide',
      await measure(() => ({ url: `${base}/frame.jpg?at=${moment()}&width=640&exact=false` })),
    ],
    [
      'exact picture as JPEG, 640 wide',
      await measure(() => ({ url: `${base}/frame.jpg?at=${moment()}&width=640` })),
    ],
    ['exact picture as JPEG, 1280 wide', await measure(() => ({ url: `${base}/frame.jpg?at=${moment()}` }))],
  ];
  console.log(`${requests} requests each, ${values.seconds} s of 1280x720 recorded`);
  for (const [name, times] of rows) {
    const [median, late] = [at(times, 0.5), at(times, 0.95)];
    const ratio = (median / baseline).toFixed(1);
    console.log(
      `${name.padEnd(34)} median ${median.toFixed(1)} ms, p95 ${late.toFixed(1)} ms, ${ratio}x of nothing`,
    );
  }
} finally {
  await server.stop();
}
