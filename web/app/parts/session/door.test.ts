import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionInfo } from '../../../../src/api/contract/accounts.ts';
import { doorFor, pathWithin } from './door.ts';

const who = (permissions: NonNullable<SessionInfo['who']>['permissions']): SessionInfo['who'] => ({
  kind: 'user',
  id: 'usr_1',
  name: 'Ada',
  role: 'viewer',
  permissions,
  grants: { every: [], cameras: {} },
  sessionId: 'ses_1',
  hasPassword: true,
  external: false,
});
const viewer = { setUp: true, who: who(['media:read']) };
const admin = { setUp: true, who: who(['media:read', 'system:write']) };
const nobody = { setUp: true, who: null };
const fresh = { setUp: false, who: null };

describe('the door', () => {
  it('a new server is set up first, whatever was opened', () => {
    assert.equal(doorFor(fresh, '/cameras/cam_1'), '/setup');
    assert.equal(doorFor(fresh, '/sign-in'), '/setup');
    assert.equal(doorFor(fresh, '/setup'), undefined);
  });

  it('nobody signs in first, and cannot set up what is set up', () => {
    assert.equal(doorFor(nobody, '/storage'), '/sign-in');
    assert.equal(doorFor(nobody, '/setup'), '/sign-in');
    assert.equal(doorFor(nobody, '/sign-in'), undefined);
  });

  it('whoever is signed in goes on', () => {
    assert.equal(doorFor(viewer, '/storage'), undefined);
    assert.equal(doorFor(viewer, '/sign-in'), 'onward');
    assert.equal(doorFor(viewer, '/setup'), 'onward');
  });

  it('an administrator goes on with the first steps', () => {
    assert.equal(doorFor(admin, '/setup'), undefined);
  });

  it('a link to a camera opens without an account', () => {
    assert.equal(doorFor(nobody, '/s/abc'), undefined);
  });
});

describe('the page to come back to', () => {
  const origin = 'https://cameras.example';

  it('is one of ours', () => {
    assert.equal(
      pathWithin('/cameras/cam_1?at=2026-01-01T00:00:00Z', origin),
      '/cameras/cam_1?at=2026-01-01T00:00:00Z',
    );
  });

  for (const elsewhere of [
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '/..//evil.example',
    '/.//evil.example',
    '',
    undefined,
    7,
    '/sign-in?to=/sign-in',
  ]) {
    it(`is never ${JSON.stringify(elsewhere)}`, () => {
      assert.equal(pathWithin(elsewhere, origin), '/');
    });
  }
});
