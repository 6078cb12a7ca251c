import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { monotonicMs } from '../../base/units.ts';
import type { HeaderField } from '../../media/rtsp/message.ts';
import { parseAddress } from './address.ts';
import { defaultLimits } from './limits.ts';
import { Login } from './login.ts';
import { RtspSession, type SessionEvent } from './session.ts';

const headerName = fc.constantFrom(
  'Session',
  'Transport',
  'WWW-Authenticate',
  'Content-Base',
  'Location',
  'RTP-Info',
  'Public',
);
const headerValue = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'RTP/AVP/TCP;unicast;interleaved=0-1',
    'RTP/AVP;unicast;client_port=5000-5001;server_port=1-2',
    'Digest realm="r", nonce="n", qop="auth", stale=true',
    'Basic realm="r"',
    '42;timeout=1',
  ),
);
const body = fc.oneof(
  fc.string(),
  fc.constantFrom(
    'v=0\r\nm=video 0 RTP/AVP 26\r\nm=audio 0 RTP/AVP 0\r\n',
    'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000',
  ),
);
const response = fc.record({
  kind: fc.constant('response' as const),
  status: fc.oneof(fc.constant(200), fc.constantFrom(100, 302, 401, 404, 454, 457, 461, 500)),
  reason: fc.string(),
  headers: fc.array(fc.tuple(headerName, headerValue) as fc.Arbitrary<HeaderField>, { maxLength: 6 }),
  body: body.map((text) => new TextEncoder().encode(text)),
});
const request = fc.record({
  kind: fc.constant('request' as const),
  method: fc.oneof(fc.string(), fc.constantFrom('OPTIONS', 'REDIRECT', 'TEARDOWN', 'ANNOUNCE')),
  url: fc.string(),
  headers: fc.array(fc.tuple(headerName, headerValue) as fc.Arbitrary<HeaderField>, { maxLength: 3 }),
  body: fc.constant(new Uint8Array()),
});
const step = fc.oneof(
  response,
  request,
  fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(10_000) }),
);

function play(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): SessionEvent[] {
  const address = parseAddress('rtsp://admin:geheim@camera/live');
  assert.ok(address.ok);
  const login = new Login(address.value.credentials, () => 'c');
  const session = new RtspSession({
    address: address.value,
    where: 'camera:554',
    transport: 'auto',
    login,
    limits: defaultLimits,
  });
  let nowMs = 0;
  const events = [...session.start(monotonicMs(0))];
  for (const next of steps) {
    const now = monotonicMs(nowMs);
    if (next.kind === 'response') events.push(...session.answer(next, now));
    else if (next.kind === 'request') events.push(...session.request(next));
    else events.push(...session.tick(monotonicMs((nowMs += next.ms))));
    if (events.at(-1)?.kind === 'open-ports')
      events.push(
        ...session.ports(
          [
            [2, 3],
            [4, 5],
          ],
          now,
        ),
      );
  }
  return events;
}

test('whatever a camera says: nothing throws, at most one end, and nothing is said after it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const events = play(steps);
      const ends = events.flatMap(({ kind }, index) =>
        kind === 'fault' || kind === 'redirect' ? [index] : [],
      );
      assert.ok(ends.length <= 1);
      if (ends.length === 1) assert.equal(ends[0], events.length - 1);
    }),
    { numRuns: 500 },
  );
});

test('whatever a camera says: the password is in no message, and only an Authorization holds what it proves', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      for (const event of play(steps)) {
        if (event.kind === 'fault') assert.doesNotMatch(event.fault.message, /geheim/);
        if (event.kind === 'send') assert.doesNotMatch(Buffer.from(event.bytes).toString(), /geheim/);
      }
    }),
    { numRuns: 300 },
  );
});
