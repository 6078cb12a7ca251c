import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { systemRandom } from '../../io/random.ts';
import { preambleBytes } from '../envelope.ts';
import { parseKeyFile } from './data-key.ts';
import { parseMasterKeys } from './master-key.ts';
import { readPreamble, sealedPreambleBytes } from './preamble.ts';
import { parseRecoveryKey } from './recovery-key.ts';
import { maxPieceBytes, SealedEnvelope } from './sealed-envelope.ts';

const dataKey = randomBytes(32);
const keyId = randomBytes(16);

function file(key = dataKey, fileId = randomBytes(16)): SealedEnvelope {
  return new SealedEnvelope({ fileId, keyId }, key, systemRandom);
}

const piece = fc.uint8Array({ maxLength: 300 });
const index = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('a sealed piece', () => {
  it('opens as what it was, also after the program was started anew', () => {
    const fileId = randomBytes(16);
    fc.assert(
      fc.property(index, piece, (number, plain) => {
        const stored = file(dataKey, fileId).wrap(number, plain);
        const again = file(dataKey, fileId);
        assert.equal(stored.length, again.wrappedBytes(plain.length));
        assert.equal(again.storedBytes(stored.subarray(0, 16)), stored.length);
        const opened = again.unwrap(number, stored);
        assert.ok(opened.ok);
        assert.deepEqual(Uint8Array.from(opened.value), plain);
      }),
    );
  });

  it('is refused with any bit flipped', () => {
    const envelope = file();
    fc.assert(
      fc.property(index, piece, fc.nat(), (number, plain, where) => {
        const stored = envelope.wrap(number, plain);
        const bit = where % (stored.length * 8);
        stored[bit >> 3] = (stored[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.deepEqual(envelope.unwrap(number, stored), { ok: false, error: 'damaged' });
      }),
    );
  });

  it('is refused at another number, in another file, under another key, cut or with more behind it', () => {
    const envelope = file();
    fc.assert(
      fc.property(index, index, piece, fc.nat(), (number, other, plain, cut) => {
        fc.pre(number !== other);
        const stored = envelope.wrap(number, plain);
        const refused = { ok: false, error: 'damaged' };
        assert.deepEqual(envelope.unwrap(other, stored), refused);
        assert.deepEqual(file().unwrap(number, stored), refused);
        assert.deepEqual(file(randomBytes(32)).unwrap(number, stored), refused);
        assert.deepEqual(envelope.unwrap(number, stored.subarray(0, cut % stored.length)), refused);
        assert.deepEqual(envelope.unwrap(number, Buffer.concat([stored, Buffer.of(0)])), refused);
      }),
    );
  });

  it('may be any bytes: they are refused and left as they were, and nothing throws', () => {
    const envelope = file();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer(), (bytes, number) => {
        const before = Uint8Array.from(bytes);
        assert.equal(envelope.unwrap(number, bytes).ok, false);
        const size = envelope.storedBytes(bytes);
        assert.ok(size === undefined || size <= envelope.wrappedBytes(maxPieceBytes));
        assert.deepEqual(bytes, before);
      }),
    );
  });

  it('shares no nonce with another, not even when its number is written again after a crash', () => {
    const fileId = randomBytes(16);
    const nonces = new Set<string>();
    let written = 0;
    for (const writer of [file(dataKey, fileId), file(dataKey, fileId)]) {
      for (const number of [0, 1, 2, 2, 3, 1, 2]) {
        const draw = Buffer.from(writer.wrap(number, Buffer.of(1, 2, 3)).subarray(4, 12));
        nonces.add(`${draw.toString('hex')} ${number}`);
        written++;
      }
    }
    assert.equal(nonces.size, written);
  });

  it('does not show what is in it', () => {
    const text = Buffer.from('Front door, ftyp isom, moof mdat');
    const stored = Buffer.from(file().wrap(0, text));
    for (const word of ['Front', 'ftyp', 'isom', 'moof', 'mdat']) assert.equal(stored.indexOf(word), -1);
  });
});

describe('the preamble', () => {
  it('fits its place, and is read back', () => {
    const fileId = randomBytes(16);
    const { preamble } = file(dataKey, fileId);
    assert.equal(preamble.length, sealedPreambleBytes);
    assert.ok(preamble.length <= preambleBytes);
    const read = readPreamble(Buffer.concat([preamble, randomBytes(4)]));
    assert.ok(typeof read !== 'string');
    assert.deepEqual(Buffer.from(read.fileId), fileId);
    assert.deepEqual(Buffer.from(read.keyId), keyId);
  });
});

describe('what is read from disks and people', () => {
  it('may be any bytes or text: nothing throws', () => {
    const odd = fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), odd, (bytes, text) => {
        readPreamble(bytes);
        readPreamble(Buffer.concat([file().preamble.subarray(0, 8), bytes]));
        assert.equal(parseKeyFile(text).ok, false);
        assert.equal(parseRecoveryKey(text).ok, false);
        parseMasterKeys(text, 'the file');
      }),
    );
  });

  it('is not repeated in an error: it may be a key with a slip', () => {
    const secret = `${randomBytes(32).toString('base64')}x`;
    for (const parsed of [
      parseMasterKeys(secret, 'the file'),
      parseRecoveryKey(`sightline-recovery-1:${secret}`),
    ])
      assert.ok(!parsed.ok && !parsed.error.includes(secret.slice(0, 10)));
  });
});
