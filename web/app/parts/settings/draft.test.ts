import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { FieldSchema } from './draft.ts';
import { draftFault, editorOf, isSame, rangeWords, rawOf, valueOf } from './draft.ts';

const port: FieldSchema = { type: 'integer', minimum: 0, maximum: 65_535 };
const days: FieldSchema = { type: 'number', exclusiveMinimum: 0, maximum: 36_500 };
const networks: FieldSchema = { type: 'array', items: { type: 'string' }, maxItems: 2 };
const servers: FieldSchema = {
  type: 'array',
  maxItems: 2,
  items: {
    type: 'object',
    properties: {
      urls: { type: 'array', items: { type: 'string' } },
      username: { type: 'string' },
    },
    required: ['urls'],
  },
};

describe('the field of a setting', () => {
  it('is made from its schema', () => {
    assert.deepEqual(
      [{ type: 'boolean' }, { type: 'string', enum: ['a'] }, port, { type: 'string' }, networks, servers].map(
        editorOf,
      ),
      ['toggle', 'choice', 'number', 'text', 'lines', 'entries'],
    );
  });

  it('shows a value and means the same', () => {
    const values: readonly (readonly [FieldSchema, unknown])[] = [
      [{ type: 'boolean' }, false],
      [port, 8554],
      [days, 0.5],
      [days, null],
      [networks, ['10.0.0.0/8', '::1']],
      [servers, [{ urls: ['stun:a', 'stun:b'], username: 'me' }, { urls: ['turn:c'] }]],
    ];
    for (const [schema, value] of values) assert.deepEqual(valueOf(schema, rawOf(schema, value)), value);
  });

  it('keeps any whole number', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => assert.equal(valueOf(port, rawOf(port, value)), value)),
      { numRuns: 50 },
    );
  });

  it('leaves out lines and fields that are empty', () => {
    assert.deepEqual(valueOf(networks, ' a \n\n b\n'), ['a', 'b']);
    assert.deepEqual(valueOf(servers, [{ urls: 'stun:a\n', username: '' }]), [{ urls: ['stun:a'] }]);
  });

  it('takes numbers as people write them', () => {
    assert.deepEqual(
      ['1 000', '0,5', '-3', ''].map((text) => valueOf(days, text)),
      [1000, 0.5, -3, null],
    );
  });
});

const fault = (text: string) => draftFault(port, valueOf(port, text), false);

describe('what is wrong with it', () => {
  it('is said with the range', () => {
    assert.equal(fault('65535'), undefined);
    for (const text of ['65536', '-1', '1.5', 'many', '']) {
      assert.equal(fault(text), 'A whole number, 0 to 65535.', text);
    }
    assert.equal(draftFault(days, 0, true), 'A number, up to 36500.');
    assert.equal(draftFault(days, null, true), undefined);
  });

  it('is told of lists', () => {
    assert.equal(draftFault(networks, ['a', 'b', 'c'], false), 'At most 2 lines.');
    assert.equal(draftFault(servers, [{ username: 'me' }], false), 'Each entry needs urls.');
  });
});

describe('two values', () => {
  it('are the same when all in them is', () => {
    assert.ok(isSame([{ a: 1 }], [{ a: 1 }]));
    assert.ok(!isSame(1, '1'));
  });
});

describe('a range', () => {
  it('leaves out what is no limit of ours', () => {
    const whole = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
    assert.equal(rangeWords(whole), '1 or more');
    assert.equal(rangeWords({ type: 'string' }), '');
  });
});
