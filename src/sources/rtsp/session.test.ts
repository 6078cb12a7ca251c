import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonicMs } from '../../base/units.ts';
import type { HeaderField, RtspRequest, RtspResponse } from '../../media/rtsp/message.ts';
import { emptyBody } from '../../media/rtsp/message.ts';
import { parseAddress } from './address.ts';
import { defaultLimits } from './limits.ts';
import { Login } from './login.ts';
import { RtspSession, type SessionEvent, type TransportChoice } from './session.ts';

const sdp = [
  'v=0',
  's=camera',
  'a=control:*',
  'm=audio 0 RTP/AVP 8',
  'a=control:trackID=2',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=control:trackID=1',
  'm=application 0 RTP/AVP 107',
  'a=rtpmap:107 vnd.onvif.metadata/90000',
  'a=control:trackID=3',
].join('\r\n');

type Answer = readonly [status: number, headers?: Readonly<Record<string, string>>, body?: string];
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** A session and the camera that a test plays: says what was asked, takes what is answered. */
class Dialogue {
  readonly session: RtspSession;
  readonly events: SessionEvent[] = [];
  readonly asked: Asked[] = [];
  nowMs = 0;

  constructor(url = 'rtsp://admin:geheim@camera/live', transport: TransportChoice = 'auto') {
    const address = parseAddress(url);
    assert.ok(address.ok);
    const login = new Login(address.value.credentials, () => 'c0ffee');
    const where = 'camera:554';
    this.session = new RtspSession({
      address: address.value,
      where,
      transport,
      login,
      limits: defaultLimits,
    });
    this.#take(this.session.start(monotonicMs(0)));
  }

  get last(): Asked {
    const last = this.asked.at(-1);
    assert.ok(last);
    return last;
  }

  /** Answers the newest request. */
  answer(...[status, headers = {}, body = '']: Answer): this {
    const cseq: HeaderField[] = [['CSeq', this.last.headers.get('CSeq') ?? '']];
    return this.say({ status, headers: [...cseq, ...Object.entries(headers)], body: Buffer.from(body) });
  }

  say(response: Omit<RtspResponse, 'kind' | 'reason'>): this {
    this.#take(
      this.session.answer({ kind: 'response', reason: 'because', ...response }, monotonicMs(this.nowMs)),
    );
    return this;
  }

  request(request: Omit<RtspRequest, 'kind' | 'body'>): this {
    this.#take(this.session.request({ kind: 'request', body: emptyBody, ...request }));
    return this;
  }

  ports(...ports: (readonly [number, number])[]): this {
    this.#take(this.session.ports(ports, monotonicMs(this.nowMs)));
    return this;
  }

  advance(ms: number): this {
    this.nowMs += ms;
    this.#take(this.session.tick(monotonicMs(this.nowMs)));
    return this;
  }

  described(headers: Readonly<Record<string, string>> = {}, methods = 'DESCRIBE'): this {
    return this.answer(200, { Public: methods }).answer(200, headers, sdp);
  }

  setUp(index: number, session = '42;timeout=60'): this {
    const channels = `${2 * index}-${2 * index + 1}`;
    return this.answer(200, { Session: session, Transport: `RTP/AVP/TCP;unicast;interleaved=${channels}` });
  }

  of<Kind extends SessionEvent['kind']>(kind: Kind): Extract<SessionEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<SessionEvent, { kind: Kind }> => event.kind === kind);
  }

  fault() {
    const [event] = this.of('fault');
    assert.ok(event, 'no fault');
    return event.fault;
  }

  #take(events: readonly SessionEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      if (event.kind === 'send') this.asked.push(readRequest(event.bytes));
    }
  }
}

function readRequest(bytes: Uint8Array): Asked {
  const [start = '', ...fields] = Buffer.from(bytes).toString().trimEnd().split('\r\n');
  const [method = '', url = ''] = start.split(' ');
  const headers = new Map(fields.map((field) => field.split(/: (.*)/s, 2) as [string, string]));
  return { method, url, headers };
}

test('asks OPTIONS, DESCRIBE, SETUP of the first video and the first audio, PLAY', () => {
  const camera = new Dialogue().described().setUp(0).setUp(1).answer(200);
  assert.deepEqual(
    camera.asked.map(({ method, url }) => `${method} ${url}`),
    [
      'OPTIONS rtsp://camera/live',
      'DESCRIBE rtsp://camera/live',
      'SETUP rtsp://camera/live/trackID=1',
      'SETUP rtsp://camera/live/trackID=2',
      'PLAY rtsp://camera/live',
    ],
  );
  assert.equal(camera.last.headers.get('Session'), '42');
  assert.equal(camera.last.headers.get('Range'), 'npt=now-');
  assert.equal(camera.of('playing').length, 1);
  assert.deepEqual(
    camera.of('track').map(({ track }) => track.offered.kind),
    ['video', 'audio'],
  );
  assert.match(camera.of('note')[0]?.text ?? '', /metadata is left out/);
});

test('credentials never stand in a request line, and are not sent before they are asked for', () => {
  const camera = new Dialogue().described().setUp(0).setUp(1).answer(200);
  for (const { url, headers } of camera.asked) {
    assert.doesNotMatch(url, /geheim|admin/);
    assert.equal(headers.get('Authorization'), undefined);
  }
});

test('tracks are set up under the Content-Base, and played at the control of the session', () => {
  const camera = new Dialogue().described({ 'Content-Base': 'rtsp://10.0.0.9/base/' });
  assert.equal(camera.last.url, 'rtsp://10.0.0.9/base/trackID=1');
  camera.setUp(0).setUp(1);
  assert.equal(camera.last.url, 'rtsp://10.0.0.9/base/');
});

test('answers OPTIONS in any way, and lives without a CSeq', () => {
  const camera = new Dialogue().answer(501);
  assert.equal(camera.last.method, 'DESCRIBE');
  camera.say({ status: 200, headers: [], body: Buffer.from(sdp) });
  assert.equal(camera.last.method, 'SETUP');
});

test('the channels are those the camera answers, not those that were asked for', () => {
  const camera = new Dialogue().described();
  camera.answer(200, { Session: '1', Transport: 'RTP/AVP/TCP;unicast;interleaved=6-7' });
  assert.deepEqual(camera.of('track')[0]?.track.route, { kind: 'tcp', channels: [6, 7] });
});

test('an answer to a question that was not asked is a protocol fault; a late one is ignored', () => {
  const late = new Dialogue().answer(200).say({ status: 404, headers: [['CSeq', '1']], body: emptyBody });
  assert.equal(late.of('fault').length, 0);
  const wrong = new Dialogue().say({ status: 200, headers: [['CSeq', '9']], body: emptyBody });
  assert.equal(wrong.fault().kind, 'protocol');
});

const digest = { 'WWW-Authenticate': 'Digest realm="cam", nonce="one", algorithm=MD5, qop="auth"' };

test('a challenge is answered once; refused again, the password is wrong', () => {
  const camera = new Dialogue().answer(200).answer(401, digest);
  assert.equal(camera.last.method, 'DESCRIBE');
  assert.match(
    camera.last.headers.get('Authorization') ?? '',
    /username="admin".*uri="rtsp:\/\/camera\/live"/,
  );
  camera.answer(401, { 'WWW-Authenticate': 'Digest realm="cam", nonce="two", algorithm=MD5' });
  assert.equal(camera.fault().kind, 'wrong-password');
  assert.equal(camera.asked.length, 3);
});

test('a challenge of OPTIONS is used for DESCRIBE', () => {
  const camera = new Dialogue().answer(401, digest);
  assert.equal(camera.last.method, 'DESCRIBE');
  assert.match(camera.last.headers.get('Authorization') ?? '', /^Digest /);
});

test('an expired nonce is renewed without ado', () => {
  const camera = new Dialogue().answer(200).answer(401, digest).answer(200, {}, sdp);
  camera.answer(401, { 'WWW-Authenticate': 'Digest realm="cam", nonce="two", algorithm=MD5' });
  assert.equal(camera.last.method, 'SETUP');
  assert.match(camera.last.headers.get('Authorization') ?? '', /nonce="two"/);
  assert.ok(camera.last.headers.get('Transport'));
  camera.setUp(0);
  assert.equal(camera.of('track').length, 1);
});

test('without credentials the fault says that the camera wants a login', () => {
  const camera = new Dialogue('rtsp://camera/live').answer(200).answer(401, digest);
  assert.equal(camera.fault().kind, 'wrong-password');
  assert.match(camera.fault().message, /wants a login/);
});

test('auto asks for UDP when TCP is refused, with the ports that were opened', () => {
  const camera = new Dialogue().described().answer(461);
  assert.deepEqual(camera.of('open-ports'), [{ kind: 'open-ports', pairs: 2 }]);
  camera.ports([5000, 5001], [5002, 5003]);
  assert.equal(camera.last.headers.get('Transport'), 'RTP/AVP;unicast;client_port=5000-5001');
  camera.answer(200, {
    Session: '1',
    Transport: 'RTP/AVP;unicast;client_port=5000-5001;server_port=7000-7001',
  });
  assert.deepEqual(camera.of('track')[0]?.track.route, {
    kind: 'udp',
    ports: [5000, 5001],
    cameraPorts: [7000, 7001],
  });
});

test('a chosen transport that is refused is not changed behind the owner’s back', () => {
  const camera = new Dialogue(undefined, 'tcp').described().answer(461).answer(461);
  assert.equal(camera.of('open-ports').length, 0);
  assert.equal(camera.fault().kind, 'unsupported');
});

test('a camera that answers with another way than was asked for is asked for UDP', () => {
  const camera = new Dialogue().described();
  camera.answer(200, { Session: '1', Transport: 'RTP/AVP;unicast;client_port=0-1;server_port=7000-7001' });
  assert.equal(camera.of('open-ports').length, 1);
  assert.equal(camera.of('track').length, 0);
});

test('a camera that refuses its sound still shows its picture', () => {
  const camera = new Dialogue().described().setUp(0).answer(500).answer(200);
  assert.equal(camera.of('playing').length, 1);
  assert.ok(camera.of('note').some(({ text }) => text.includes('refuses its audio')));
});

test('a camera that refuses its picture is a fault', () => {
  assert.equal(new Dialogue().described().answer(500).fault().kind, 'protocol');
});

test('a camera that refuses the range plays without one', () => {
  const camera = new Dialogue().described().setUp(0).setUp(1).answer(457);
  assert.equal(camera.last.method, 'PLAY');
  assert.equal(camera.last.headers.has('Range'), false);
  assert.equal(camera.answer(200).of('playing').length, 1);
});

test('a redirect is handed on, at any step', () => {
  const camera = new Dialogue().answer(200).answer(302, { Location: 'rtsp://other/x' });
  assert.deepEqual(camera.of('redirect'), [{ kind: 'redirect', url: 'rtsp://other/x' }]);
  const asked = new Dialogue().described().setUp(0).setUp(1).answer(200);
  asked.request({
    method: 'REDIRECT',
    url: '*',
    headers: [
      ['CSeq', '3'],
      ['Location', 'rtsp://other/y'],
    ],
  });
  assert.deepEqual(asked.of('redirect'), [{ kind: 'redirect', url: 'rtsp://other/y' }]);
});

function playing(methods: string, session = '42;timeout=20'): Dialogue {
  return new Dialogue().described({}, methods).setUp(0, session).setUp(1, session).answer(200);
}

test('keeps the session alive at half its timeout, with GET_PARAMETER where it is known', () => {
  const camera = playing('OPTIONS, GET_PARAMETER').advance(9999);
  assert.equal(camera.last.method, 'PLAY');
  assert.equal(camera.advance(1).last.method, 'GET_PARAMETER');
  assert.equal(camera.last.headers.get('Session'), '42');
  assert.equal(playing('OPTIONS').advance(10_000).last.method, 'OPTIONS');
});

test('a camera that lied about GET_PARAMETER is asked OPTIONS the next time', () => {
  const camera = playing('GET_PARAMETER').advance(10_000).answer(501).advance(10_000);
  assert.equal(camera.last.method, 'OPTIONS');
  assert.equal(camera.of('fault').length, 0);
});

test('a camera that never answers keep-alives still gets them', () => {
  const camera = playing('OPTIONS').advance(10_000).advance(10_000).advance(10_000);
  assert.equal(camera.asked.filter(({ method }) => method === 'OPTIONS').length, 4);
  assert.equal(camera.of('fault').length, 0);
});

test('a forgotten session is the end of the stream', () => {
  assert.equal(playing('OPTIONS').advance(10_000).answer(454).fault().kind, 'ended');
});

test('no answer in time is a timeout that names the step', () => {
  const camera = new Dialogue().answer(200).advance(defaultLimits.answerMs);
  assert.equal(camera.fault().kind, 'timeout');
  assert.match(camera.fault().message, /DESCRIBE/);
});

test('questions of the camera are answered with their own CSeq', () => {
  const camera = playing('OPTIONS');
  const ask = (method: string) => camera.request({ method, url: '*', headers: [['CSeq', '77']] }).last;
  assert.equal(ask('OPTIONS').url, '200');
  assert.equal(ask('SET_PARAMETER').headers.get('CSeq'), '77');
  assert.equal(ask('ANNOUNCE').url, '200');
  assert.equal(ask('RECORD').url, '501');
  assert.equal(camera.of('fault').length, 0);
  assert.equal(ask('TEARDOWN').url, '200');
  assert.equal(camera.fault().kind, 'ended');
});

for (const [status, kind] of [
  [403, 'wrong-password'],
  [404, 'not-found'],
  [453, 'refused'],
  [500, 'protocol'],
] as const) {
  test(`DESCRIBE answered with ${status} is “${kind}”`, () => {
    assert.equal(new Dialogue().answer(200).answer(status).fault().kind, kind);
  });
}

test('says TEARDOWN only when there is a session', () => {
  assert.equal(new Dialogue().session.farewell(), undefined);
  const farewell = playing('OPTIONS').session.farewell();
  assert.ok(farewell);
  assert.equal(readRequest(farewell).method, 'TEARDOWN');
  assert.equal(readRequest(farewell).headers.get('Session'), '42');
});

test('after its end nothing more is said, whatever comes', () => {
  const camera = new Dialogue().answer(200).answer(404);
  const before = camera.events.length;
  camera.answer(200, {}, sdp).advance(60_000).request({ method: 'OPTIONS', url: '*', headers: [] });
  assert.equal(camera.events.length, before);
});
