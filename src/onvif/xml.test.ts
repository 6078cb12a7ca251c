import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maxXmlCharacters, parseXml, textAt } from './xml.ts';

function read(text: string) {
  const parsed = parseXml(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error);
  return parsed.value;
}

function refused(text: string): string {
  const parsed = parseXml(text);
  assert.ok(!parsed.ok);
  return parsed.error;
}

describe('an answer of a device', () => {
  it('is read without its prefixes, comments and declarations', () => {
    const text = `<?xml version="1.0"?><!-- x > y --><a:r xmlns:a="u"><b:c t='1>0'><![CDATA[<d>]]> &amp; e</b:c></a:r>`;
    assert.equal(textAt(read(text), 'c'), '<d> & e');
    assert.equal(read(text).children[0]?.attributes.get('t'), '1>0');
  });

  it('brings no entities of its own', () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>';
    assert.match(refused(bomb), /document type/);
    assert.equal(read('<x>&b;</x>').text, '&b;');
  });

  it('is refused when it is too long, too deep, too many, or not whole', () => {
    assert.match(refused('x'.repeat(maxXmlCharacters + 1)), /too long/);
    assert.match(refused('<a>'.repeat(100)), /too deeply/);
    assert.match(refused(`<a>${'<b/>'.repeat(60_000)}</a>`), /too many/);
    for (const text of ['', 'x', '<a>', '<a></b>', '</a>', '<a/><b/>', '<a', '<a b="', '<!-- ', '< a/>']) {
      refused(text);
    }
  });
});
