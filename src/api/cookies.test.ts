/**
 * The cookie header: any text in, the value of one cookie out.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { cookieIn } from './cookies.ts';

describe('a cookie header', () => {
  test('holds the value of a name, whatever stands around it', () => {
    assert.equal(cookieIn('a=1; session=xyz; b=2', 'session'), 'xyz');
    assert.equal(cookieIn('session="xyz"', 'session'), 'xyz');
    assert.equal(cookieIn('  session = xyz ;', 'session'), 'xyz');
    assert.equal(cookieIn('session=x=y', 'session'), 'x=y');
    assert.equal(cookieIn('session=1; session=2', 'session'), '1');
  });

  test('holds nothing under another name', () => {
    for (const header of ['', 'session', '=x', 'xsession=1', 'session2=1', 'Session=1', '__Host-session=1'])
      assert.equal(cookieIn(header, 'session'), undefined, header);
  });

  test('may be any text: no throw, and a part of the header comes out', () => {
    const near = fc.array(fc.oneof(fc.string(), fc.constantFrom('session', '=', ';', '"')), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(near, (parts) => {
        const header = parts.join('');
        const value = cookieIn(header, 'session');
        if (value !== undefined) assert.ok(header.includes(value));
      }),
      { numRuns: 300 },
    );
  });
});
