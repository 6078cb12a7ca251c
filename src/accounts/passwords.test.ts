/**
 * Passwords: argon2id as others compute it, PHC strings, and no more at one time than the machine can spare.
 */
import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { systemRandom } from '../io/random.ts';
import { Passwords } from './passwords.ts';
import { formatPhc, parsePhc } from './phc.ts';

describe('argon2id', () => {
  test('is that of RFC 9106, 5.3', () => {
    const tag = argon2Sync('argon2id', {
      message: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      associatedData: Buffer.alloc(12, 4),
      memory: 32,
      passes: 3,
      parallelism: 4,
      tagLength: 32,
    });
    assert.equal(tag.toString('hex'), '0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
  });

  test('of another program is understood', async () => {
    // The reference implementation, of "password" and "somesalt".
    const phc = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    const passwords = new Passwords(systemRandom);
    assert.deepEqual(await passwords.verify('password', phc), { ok: true, value: true });
    assert.deepEqual(await passwords.verify('Password', phc), { ok: true, value: false });
  });
});

describe('a password', () => {
  const passwords = new Passwords(systemRandom);

  test('belongs to its hash, however its letters are put together, and no other does', async () => {
    const hash = await passwords.hash('Zoë weiß 🔑');
    assert.ok(hash.ok);
    assert.match(hash.value, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.deepEqual(await passwords.verify('Zoe\u0308 weiß 🔑', hash.value), { ok: true, value: true });
    assert.deepEqual(await passwords.verify('Zoë weiss 🔑', hash.value), { ok: true, value: false });
  });

  test('of nobody, and with a hash that is damaged, is wrong', async () => {
    for (const phc of [null, undefined, '', 'x', '$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$AAAA'])
      assert.deepEqual(await passwords.verify('password', phc), { ok: true, value: false });
  });

  test('waits its turn, and is sent away when too many wait', async () => {
    const quick = formatPhc({
      memoryKib: 8,
      passes: 1,
      parallelism: 1,
      salt: Buffer.alloc(8),
      hash: Buffer.alloc(16),
    });
    const many = await Promise.all(Array.from({ length: 50 }, () => passwords.verify('password', quick)));
    const busy = many.filter((answer) => !answer.ok);
    assert.equal(busy.length, 50 - 32);
    assert.deepEqual(await passwords.verify('password', quick), { ok: true, value: false });
  });
});

describe('a PHC string', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            memoryKib: fc.integer({ min: 128, max: 262_144 }),
            passes: fc.integer({ min: 1, max: 16 }),
            parallelism: fc.integer({ min: 1, max: 16 }),
            salt: fc.uint8Array({ minLength: 8, maxLength: 64 }),
            hash: fc.uint8Array({ minLength: 16, maxLength: 64 }),
          },
          { noNullPrototype: true },
        ),
        (parts) => {
          const read = parsePhc(formatPhc(parts));
          assert.ok(read);
          assert.deepEqual(
            { ...read, salt: new Uint8Array(read.salt), hash: new Uint8Array(read.hash) },
            parts,
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test('may be any text: no throw, and nothing that takes more than a sign-in may', () => {
    const number = fc.oneof(fc.nat(), fc.constantFrom('', '-1', '1e9', '99999999999'));
    const near = fc
      .tuple(number, number, number, fc.string(), fc.base64String())
      .map(([m, t, p, salt, hash]) => `$argon2id$v=19$m=${m},t=${t},p=${p}$${salt}$${hash}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        const read = parsePhc(text);
        if (read) assert.ok(read.memoryKib <= 262_144 && read.passes <= 16 && read.parallelism <= 16);
      }),
      { numRuns: 300 },
    );
  });
});
