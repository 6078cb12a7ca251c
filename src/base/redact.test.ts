/** What is left of an address when its login is taken out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { redactUrls, splitLogin } from './redact.ts';

const shown: readonly (readonly [text: string, shown: string])[] = [
  ['rtsp://admin:geheim@10.0.0.1:554/s', 'rtsp://***@10.0.0.1:554/s'],
  ['rtsp://admin:ge/heim@cam/s', 'rtsp://***@cam/s'],
  ['rtsp://admin:ge#he?im@cam:554/s?a=b', 'rtsp://***@cam:554/s?a=b'],
  ['rtsp://admin:geheim@/:?#@cam/s', 'rtsp://***@cam/s'],
  ['rtsp://admin:geheim@@[fe80::1]:554/s', 'rtsp://***@[fe80::1]:554/s'],
  ['rtsp://admin:geheim@', 'rtsp://***@'],
  ['rtsp://cam/picture@2x', 'rtsp://cam/picture@2x'],
  ['rtsp://cam:554', 'rtsp://cam:554'],
  [
    'no answer from rtsp://u:geheim@cam:554, nor rtsp://u:geheim@cam.',
    'no answer from rtsp://***@cam:554, nor rtsp://***@cam.',
  ],
  ['{"url":"rtsp://u:geheim@cam/"}', '{"url":"rtsp://***@cam/"}'],
  ['["rtsp://u:geheim@a/","rtsp://u:geheim@b/"]', '["rtsp://***@a/","rtsp://***@b/"]'],
  ['mail me@here', 'mail me@here'],
  ['rtsp://cam/live?user=op&password=geheim&x=1', 'rtsp://cam/live?user=op&password=***&x=1'],
  [
    'rtsp://cam/user=op_password=ge_heim_channel=1_stream=0.sdp',
    'rtsp://cam/user=op_password=***_channel=1_stream=0.sdp',
  ],
  ['{"url":"rtsp://cam/?pwd=geheim","name":"x"}', '{"url":"rtsp://cam/?pwd=***","name":"x"}'],
];

describe('an address as it is shown', () => {
  for (const [text, wanted] of shown) it(`${text} → ${wanted}`, () => assert.equal(redactUrls(text), wanted));

  it('holds no password, whatever characters are in it', () => {
    const character = fc.constantFrom(...Array.from('aZ0@/:?#%&=+"\'.,;![]'));
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (odd) => {
        const text = redactUrls(`rtsp://admin:geheim${odd}@10.0.0.1:554/s`);
        assert.ok(!text.includes('geheim'), text);
      }),
    );
  });

  it('takes time that grows with its length only', () => {
    // With a square of it in the time, this would end tomorrow.
    for (const piece of ['?pwd=a', 'pwd=_', 'a@/', 'x://', 'x://[', 'x://u@h/', 'x://h.', ':@', 'a']) {
      const long = `rtsp://${piece.repeat(60_000)}`;
      assert.ok(redactUrls(long).length <= long.length * 2);
    }
  });
});

describe('a split address', () => {
  it('is complete', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { login, rest } = splitLogin(text);
        assert.equal(login === undefined ? rest : `${login}@${rest}`, text);
      }),
    );
  });
});
