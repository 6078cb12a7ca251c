/** The checker against the real output over HTTP in real time, and against outputs with planted faults. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { HlsContent } from '../../src/outputs/hls/response.ts';
import { audioTrack, shoot, textOf, videoTrack } from '../../src/outputs/hls/synthetic.testing.ts';
import { followLive } from './follow.ts';
import type { Report, RuleName } from './report.ts';
import { HlsServer } from './serve.ts';

interface Session {
  readonly seconds: number;
  readonly delta?: boolean;
  readonly tamper?: (file: string, content: HlsContent) => HlsContent;
  readonly script?: (server: HlsServer) => void;
}

/** Follows a camera of 25 fps that has been on for a second. */
async function session({ seconds, delta = false, tamper, script }: Session): Promise<Report> {
  const server = new HlsServer(tamper ? { tamper } : {});
  const base = await server.listen();
  const startSeconds = Date.now() / 1000 - 1;
  server.tracks([videoTrack(), audioTrack()]);
  server.pace(shoot({ fps: 25, gopFrames: 50, seconds: seconds + 2, startSeconds, audio: true }));
  script?.(server);
  try {
    return await followLive(`${base}/hls/live/live.m3u8`, { seconds, delta });
  } finally {
    await server.close();
  }
}

describe('a live session', { concurrency: true }, () => {
  it('keeps every rule', async () => {
    const report = await session({ seconds: 6 });
    assert.deepEqual(report.violations, []);
    assert.ok(report.segments >= 2 && report.parts >= 25, JSON.stringify(report));
    assert.equal(report.unanswered, 0);
  });

  it('keeps every rule with delta updates', async () => {
    const report = await session({ seconds: 4, delta: true });
    assert.deepEqual(report.violations, []);
    assert.ok(report.parts >= 15);
  });

  it('keeps every rule over a restart of the camera and a change of size', async () => {
    const report = await session({
      seconds: 8,
      script: (server) => {
        setTimeout(() => lose(server), 1500);
        setTimeout(() => restart(server, 720), 3000);
        setTimeout(() => lose(server), 4500);
        setTimeout(() => restart(server, 360), 6000);
      },
    });
    assert.deepEqual(report.violations, []);
    assert.equal(report.discontinuities, 2, JSON.stringify(report));
  });
});

describe('the command', () => {
  it('prints what is broken with its section, and fails', async () => {
    const server = new HlsServer({ tamper: shortenHoldBack });
    const base = await server.listen();
    server.tracks([videoTrack()]);
    server.pace(shoot({ fps: 25, gopFrames: 50, seconds: 5, startSeconds: Date.now() / 1000 - 1 }));
    const script = fileURLToPath(new URL('./check.ts', import.meta.url));
    const { code, printed } = await new Promise<{ code: unknown; printed: string }>((resolve) => {
      const args = [script, `${base}/hls/live/live.m3u8`, '1'];
      execFile(process.execPath, args, { timeout: 20_000 }, (error, printed) =>
        resolve({ code: error?.code, printed }),
      );
    });
    await server.close();
    assert.equal(code, 1);
    assert.match(printed, /^part-hold-back: 0\.5 of 0\.21\n {2}4\.4\.3\.8: /);
  });
});

function lose(server: HlsServer): void {
  server.pace([]);
  server.source.current.fail('ended');
}

function restart(server: HlsServer, heightPixels: number): void {
  server.tracks([videoTrack(heightPixels), audioTrack()]);
  server.pace(shoot({ fps: 25, gopFrames: 50, seconds: 4, startSeconds: Date.now() / 1000, audio: true }));
}

/** Faults that other servers are known for, and the rule that must name each. */
const faults: readonly (readonly [RuleName, (text: string, count: number) => string])[] = [
  [
    'part-target-constant',
    (text, count) => (count > 3 ? text.replace('PART-TARGET=0.21', 'PART-TARGET=0.22') : text),
  ],
  [
    'target-duration-constant',
    (text, count) => (count > 3 ? text.replace('DURATION:4', 'DURATION:5') : text),
  ],
  ['part-duration-max', (text) => text.replace('PART:DURATION=0.2,', 'PART:DURATION=0.23,')],
  // The last part of a segment may be short, so another one.
  [
    'part-duration-min',
    (text) => text.replace(/PART:DURATION=0\.2,(?=[^\n]*\n#EXT-X-PART:)/, 'PART:DURATION=0.15,'),
  ],
  ['part-hold-back', (text) => text.replace('PART-HOLD-BACK=0.63', 'PART-HOLD-BACK=0.5')],
  ['can-skip-until', (text) => text.replace('CAN-SKIP-UNTIL=24', 'CAN-SKIP-UNTIL=12')],
  ['hold-back', (text) => text.replace(',HOLD-BACK=12', ',HOLD-BACK=8')],
  [
    'no-segment-at-end',
    (text) =>
      text
        .replace(/#EXT-X-PART:[^\n]*\n(?=#EXT-X-PRELOAD)/, '#EXTINF:1,\nx.mp4\n')
        .replace(/#EXT-X-PRELOAD.*\n/, ''),
  ],
  ['preload-hint', (text) => text.replace(/(PRELOAD-HINT:TYPE=PART,URI="part-[0-9a-f]+-)\d+/, '$1999999')],
  [
    'media-sequence',
    (text, count) => (count > 3 ? text.replace(/MEDIA-SEQUENCE:\d+/, 'MEDIA-SEQUENCE:7') : text),
  ],
  ['discontinuity-sequence', (text, count) => text.replace(/(DISCONTINUITY-SEQUENCE:)\d+/, `$1${count}`)],
  ['append-only', (text, count) => (count > 3 ? text.replace(/\.\d{3}Z/, '.999Z') : text)],
  ['date-time', (text, count) => text.replace(/\d\d\.\d{3}Z/g, (time) => (count > 1 ? '00.000Z' : time))],
  [
    'independent',
    (text) =>
      text.replaceAll(',INDEPENDENT=YES', '').replaceAll(/(PART:[^\n]*)"\n/g, '$1",INDEPENDENT=YES\n'),
  ],
  ['init-segment', (text) => text.replace(/#EXT-X-MAP.*\n/, '')],
  ['blocking-answer', (text) => text.replace(/#EXT-X-PART:[^\n]*\n(?=#EXT-X-PRELOAD)/, '')],
  ['media-duration', (text) => text.replaceAll('PART:DURATION=0.2,', 'PART:DURATION=0.19,')],
  ['segment-duration-sum', (text) => text.replace(/EXTINF:[\d.]+/, 'EXTINF:1.5')],
  ['segment-duration-max', (text) => text.replace(/EXTINF:[\d.]+/, 'EXTINF:4.6')],
];

const isPlaylist = (file: string): boolean => file.endsWith('.m3u8');

describe('the checker finds', { concurrency: 6 }, () => {
  for (const [rule, change] of faults) {
    it(rule, async () => {
      let count = 0;
      const tamper = (file: string, content: HlsContent): HlsContent =>
        isPlaylist(file) ? withText(content, change(textOf(content), (count += 1))) : content;
      const report = await session({ seconds: 2.2, tamper });
      assert.ok(
        report.violations.some((violation) => violation.rule === rule),
        JSON.stringify(report),
      );
    });
  }

  it('media-continuous and immutable, in bytes that were touched', async () => {
    const named = (await session({ seconds: 2, tamper: touchParts })).violations.map(({ rule }) => rule);
    assert.ok(named.includes('media-continuous') && named.includes('immutable'), named.join());
    assert.ok(named.includes('parts-make-segment'));
  });

  it('available, when a listed part is missing', async () => {
    const named = (await session({ seconds: 2, tamper: losePart })).violations.map(({ rule }) => rule);
    assert.ok(named.includes('available'), named.join());
  });
});

function withText(content: HlsContent, text: string): HlsContent {
  const { 'content-length': _, ...headers } = content.headers;
  return { ...content, headers, body: [Buffer.from(text)] };
}

let shift = 0;
/** Moves the first `tfdt` of a part, by another amount each time. */
function shifted(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf('tfdt') + 12;
  copy.writeUInt32BE(copy.readUInt32BE(at) + 9000 * (shift += 1), at);
  return copy;
}

function shortenHoldBack(file: string, content: HlsContent): HlsContent {
  if (!isPlaylist(file)) return content;
  return withText(content, textOf(content).replace('HOLD-BACK=0.63', 'HOLD-BACK=0.5'));
}

function touchParts(file: string, content: HlsContent): HlsContent {
  return file.startsWith('part-') ? { ...content, body: content.body.map(shifted) } : content;
}

function losePart(file: string, content: HlsContent): HlsContent {
  return /^part-.*-3\.mp4/.test(file) ? ({ ...content, status: 404 } as unknown as HlsContent) : content;
}
