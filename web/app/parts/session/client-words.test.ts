import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clientWords } from './client-words.ts';

describe('the words for a browser', () => {
  const cases = {
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0': 'Firefox on Linux',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36 Edg/139.0':
      'Edge on Windows',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1':
      'Safari on iPhone',
    'curl/8.14.1': 'curl',
    '': 'An unknown program',
  };
  for (const [client, words] of Object.entries(cases)) {
    it(words, () => assert.equal(clientWords(client), words));
  }
});
