/**
 * Holds a running server to the rules: `node test/hls-rules/check.ts http://host/hls/{camera}/live.m3u8 [seconds] [delta]`.
 * Prints what was broken, each with its section, and ends with 1 if anything was.
 */
import { followLive } from './follow.ts';
import { rules } from './report.ts';

const [url, seconds = '60', delta] = process.argv.slice(2);
if (url === undefined) {
  console.error('usage: node test/hls-rules/check.ts <address of live.m3u8> [seconds] [delta]');
  process.exit(2);
}
const { violations, ...counts } = await followLive(url, {
  seconds: Number(seconds),
  delta: delta === 'delta',
});
for (const { rule, detail } of violations) console.log(`${rule}: ${detail}\n  ${rules[rule]}`);
console.log(`${violations.length} violations`, counts);
process.exitCode = violations.length > 0 ? 1 : 0;
