import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseAuthField } from './auth-field.ts';
import {
  authorize,
  chooseChallenge,
  parseAuthorization,
  verify,
  writeChallenge,
  type Challenge,
  type DigestAlgorithm,
} from './auth.ts';

const mufasa = { user: 'Mufasa', password: 'Circle of Life' };
const getIndex = { method: 'GET', url: '/dir/index.html' };

function chosen(...fields: string[]): Challenge {
  const challenge = chooseChallenge(fields);
  assert(challenge);
  return challenge;
}

function challengeOf(algorithm: DigestAlgorithm, qop: 'auth' | undefined): Challenge {
  return {
    kind: 'digest',
    realm: 'sightline',
    nonce: 'n1',
    opaque: undefined,
    algorithm,
    namesAlgorithm: true,
    qop,
    stale: false,
  };
}

function responseOf(value: string): string | undefined {
  return parseAuthField(value)[0]?.parameters.get('response');
}

describe('examples of the RFCs', () => {
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
  const client = { cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ', count: 1 };
  const opaque = 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS';

  for (const [algorithm, response] of [
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const) {
    test(`RFC 7616, 3.9.1, ${algorithm}`, () => {
      const challenge = chosen(
        `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"`,
      );
      const value = authorize(challenge, mufasa, getIndex, client);
      assert.equal(responseOf(value), response);
      assert.match(value, /nc=00000001/);
      assert(value.includes(`opaque="${opaque}"`));
    });
  }

  test('RFC 2617, 3.5', () => {
    const challenge = chosen(
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    );
    const value = authorize(challenge, { user: 'Mufasa', password: 'Circle Of Life' }, getIndex, {
      cnonce: '0a4f113b',
      count: 1,
    });
    assert.equal(responseOf(value), '6629fae49393a05397450978507c4ef1');
    assert(!value.includes('algorithm'), 'what was not named is not answered');
  });

  test('RFC 7617, 2 and 2.1', () => {
    const basic = chosen('Basic realm="WallyWorld"');
    const client = { cnonce: '', count: 1 };
    const aladdin = { user: 'Aladdin', password: 'open sesame' };
    assert.equal(authorize(basic, aladdin, getIndex, client), 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
    const utf8 = { user: 'test', password: '123£' };
    assert.equal(authorize(basic, utf8, getIndex, client), 'Basic dGVzdDoxMjPCow==');
  });
});

describe('choosing', () => {
  const md5 = 'Digest realm="r", nonce="1"';
  const sha = 'Digest realm="r", nonce="2", algorithm=SHA-256, qop="auth"';
  const cases: [string, string[], string | undefined][] = [
    ['the strongest of several fields', ['Basic realm="r"', md5, sha], 'SHA-256'],
    ['several challenges in one field', [`Basic realm="r", ${md5}`], 'MD5'],
    [
      'an unknown algorithm is passed over',
      ['Digest realm="r", nonce="3", algorithm=SHA-512-256', md5],
      'MD5',
    ],
    ['only auth-int', ['Digest realm="r", nonce="3", qop="auth-int"', 'Basic realm="r"'], 'basic'],
    ['no nonce', ['Digest realm="r"'], undefined],
    ['another scheme', ['Negotiate'], undefined],
    ['nothing', [], undefined],
  ];
  for (const [name, fields, expected] of cases) {
    test(name, () => {
      const challenge = chooseChallenge(fields);
      assert.equal(challenge?.kind === 'digest' ? challenge.algorithm : challenge?.kind, expected);
    });
  }

  test('stale says that the password may be right', () => {
    const challenge = chosen('Digest realm="r", nonce="4", stale=TRUE');
    assert(challenge.kind === 'digest' && challenge.stale);
  });

  test('untidy fields: no spaces, escapes, bare values', () => {
    const [field] = parseAuthField(String.raw`digest realm="a \"b\", c",nonce=abc==,qop = auth`);
    assert.deepEqual(Object.fromEntries(field?.parameters ?? []), {
      realm: 'a "b", c',
      nonce: 'abc==',
      qop: 'auth',
    });
  });
});

describe('the server side', () => {
  const request = { method: 'DESCRIBE', url: 'rtsp://127.0.0.1:8554/door' };
  const credentials = { user: 'viewer', password: 'p"ä:\\ss' };

  for (const algorithm of ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess'] as const) {
    for (const qop of ['auth', undefined] as const) {
      test(`${algorithm} ${qop ?? 'without qop'}: a client of ours is let in, a wrong password is not`, () => {
        const challenge = challengeOf(algorithm, qop);
        const seen = chosen(writeChallenge(challenge));
        assert.deepEqual(seen, challenge);
        const answer = (password: string): string =>
          authorize(seen, { ...credentials, password }, request, { cnonce: 'c', count: 11 });
        const judge = (value: string): string => {
          const authorization = parseAuthorization(value);
          assert(authorization);
          return verify(authorization, challenge, credentials, request);
        };
        assert.equal(judge(answer(credentials.password)), 'accepted');
        assert.equal(judge(answer('other')), 'wrong');
      });
    }
  }

  test('what was answered for another nonce, address, method or user is wrong', () => {
    const challenge = challengeOf('SHA-256', 'auth');
    const good = parseAuthorization(authorize(challenge, credentials, request, { cnonce: 'c', count: 1 }));
    assert(good);
    const other = { ...challenge, nonce: 'n2' } as Challenge;
    assert.equal(verify(good, other, credentials, request), 'wrong');
    assert.equal(verify(good, challenge, credentials, { ...request, method: 'PLAY' }), 'wrong');
    assert.equal(verify(good, challenge, credentials, { ...request, url: 'rtsp://127.0.0.1/yard' }), 'wrong');
    assert.equal(verify(good, challenge, { ...credentials, user: 'x' }, request), 'wrong');
  });

  test('less than what was asked for is told apart', () => {
    const basic = parseAuthorization('Basic dmlld2VyOnA=');
    assert(basic);
    assert.equal(verify(basic, challengeOf('MD5', undefined), credentials, request), 'weaker');
    const challenge = challengeOf('MD5', undefined);
    const old = parseAuthorization(authorize(challenge, credentials, request, { cnonce: '', count: 1 }));
    assert(old);
    assert.equal(verify(old, challengeOf('SHA-256', 'auth'), credentials, request), 'weaker');
  });

  test('Basic: one padding character, colons in the password', () => {
    const challenge: Challenge = { kind: 'basic', realm: 'sightline' };
    for (const password of ['a', 'ab', 'abc', 'a:b']) {
      const mine = { user: 'viewer', password };
      const answer = parseAuthorization(authorize(challenge, mine, request, { cnonce: '', count: 1 }));
      assert(answer);
      assert.equal(verify(answer, challenge, mine, request), 'accepted');
      assert.equal(verify(answer, challenge, { ...mine, password: 'x' }, request), 'wrong');
    }
  });
});

test('any text: no throw, and no time', () => {
  const piece = fc.oneof(
    fc.constantFrom('Digest ', 'Basic ', 'realm="', 'nonce=', 'uri=', '"', '\\', ',', '=', ' '),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      chooseChallenge([text]);
      parseAuthorization(text);
    }),
    { numRuns: 300 },
  );
  for (const text of ['a', ' ', 'a=', '"', 'a="', 'a!(', '\\"']) chooseChallenge([text.repeat(50_000)]);
});
