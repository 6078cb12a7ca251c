import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readProbeMatches } from './probe-message.ts';
import { readProfiles } from './profiles.ts';
import { ownAddress } from './own-address.ts';
import { opened } from './soap.ts';
import type { Element } from './xml.ts';
import { escapeXml, parseXml } from './xml.ts';

/** Bytes that look enough like XML to get somewhere. */
const almostXml = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<a>',
        '</a>',
        '<b x="1"/>',
        '<s:Envelope>',
        '</s:Envelope>',
        '<Body>',
        '</Body>',
        '<!--',
      ),
      fc.constantFrom(
        '-->',
        '<![CDATA[',
        ']]>',
        '&amp;',
        '&#x41;',
        '&#0;',
        '&#xFFFFFF;',
        '"',
        "'",
        '<?',
        '?>',
      ),
      fc.constantFrom('<Profiles token="1">', '</Profiles>', '<ProbeMatch>', '</ProbeMatch>', '<!DOCTYPE x>'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

function count(element: Element): number {
  return 1 + element.children.reduce((sum, one) => sum + count(one), 0);
}

function characters(element: Element): number {
  return element.text.length + element.children.reduce((sum, one) => sum + characters(one), 0);
}

describe('whatever a device answers', () => {
  it('is read or refused, and never grows', () => {
    fc.assert(
      fc.property(almostXml, (text) => {
        const read = parseXml(text);
        if (!read.ok) return;
        assert.ok(count(read.value) <= text.length);
        assert.ok(characters(read.value) <= text.length);
        opened(read.value);
        readProfiles(read.value);
      }),
      { numRuns: 1000 },
    );
  });

  it('is no match when it is any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const before = Buffer.from(bytes);
        assert.deepEqual(readProbeMatches(bytes, ['id']), []);
        assert.deepEqual(Buffer.from(bytes), before);
      }),
    );
  });

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = parseXml(`<x:a x:b="${escapeXml(text)}">${escapeXml(text)}</x:a>`);
        assert.ok(read.ok);
        assert.equal(read.value.name, 'a');
        assert.equal(read.value.text, text.trim());
        assert.equal(read.value.attributes.get('b'), text);
      }),
    );
  });

  it('names only addresses of the host that answered', () => {
    const word = fc.constantFrom(
      'rtsp://',
      'http://',
      'a',
      '@',
      ':',
      '554',
      '/',
      '?',
      '#',
      '10.0.0.9',
      '\\',
      ' ',
      '[::1]',
      'ü',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (parts) => {
        const own = ownAddress(parts.join(''), '10.0.0.5', ['rtsp:', 'http:']);
        if (!own) return;
        const url = new URL(own.url);
        assert.equal(url.hostname, '10.0.0.5');
        assert.equal(url.username + url.password, '');
      }),
      { numRuns: 2000 },
    );
  });
});
