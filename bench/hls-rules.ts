/**
 * Does the stream keep the rules of LL-HLS while its camera dies, comes back, and comes back with another picture?
 * The real server, a GStreamer camera over RTSP, and the rule check over HTTP, once with full playlists and once with
 * delta updates. Prints the report; ends with 1 when a rule was broken or a fault was not seen.
 *
 * `node bench/hls-rules.ts [--seconds 300] [--audio aac|none]`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { followLive } from '../test/hls-rules/follow.ts';
import type { Report } from '../test/hls-rules/report.ts';
import { rules } from '../test/hls-rules/report.ts';
import type { GstMedia } from '../test/rigs/gstreamer-rtsp.ts';
import { startGstRtsp } from '../test/rigs/gstreamer-rtsp.ts';
import { startServer } from '../test/support/server.ts';
import { readOptions } from './support/options.ts';

const { seconds, audio } = readOptions({ seconds: 300, audio: 'aac' });

const large: GstMedia = {
  video: 'h264',
  ...(audio === 'aac' && { audio }),
  widthPixels: 640,
  heightPixels: 360,
  gopFrames: 50,
};
const small: GstMedia = { ...large, widthPixels: 320, heightPixels: 180 };

/** Seconds that the camera is away when it dies: longer than a held request waits. */
const awaySeconds = 10;

function print(name: string, { violations, ...counts }: Report): void {
  console.log(`${name}: ${violations.length} violations`, counts);
  for (const { rule, detail } of violations) console.log(`  ${rule}: ${detail}\n    ${rules[rule]}`);
}

const server = await startServer();
let rig = await startGstRtsp({ media: large, transport: 'tcp' });
try {
  const camera = await server.addCamera({ name: 'Camera', source: { kind: 'rtsp', url: rig.url } });
  const address = `${server.url}/hls/${camera.id}/live.m3u8`;
  const reports = Promise.all([
    followLive(address, { seconds }),
    followLive(address, { seconds, delta: true }),
  ]);
  await sleep(seconds * 300);
  await rig.kill();
  console.log(`after ${Math.round(seconds * 0.3)} s the camera died`);
  await sleep(awaySeconds * 1000);
  rig = await rig.restart();
  await sleep(seconds * 300);
  rig = await rig.restart(small);
  console.log('it came back, and later restarted with a picture of another size');
  const [full, delta] = await reports;
  print('full playlists', full);
  print('delta updates', delta);
  const expectedDiscontinuities = 2;
  const kept = [full, delta].every(
    ({ violations, discontinuities }) =>
      violations.length === 0 && discontinuities >= expectedDiscontinuities,
  );
  process.exitCode = kept ? 0 : 1;
} finally {
  await rig.kill();
  await server.stop();
}
