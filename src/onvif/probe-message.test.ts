import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { probeMessage, readProbeMatches } from './probe-message.ts';
import { parseXml, textAt } from './xml.ts';

const id = '0a5e8e1c-0000-4000-8000-000000000001';

function answer(matches: string, relatesTo = `uuid:${id.toUpperCase()}`): Uint8Array {
  return Buffer.from(
    `<e:Envelope xmlns:e="x"><e:Header><a:RelatesTo>${relatesTo}</a:RelatesTo></e:Header>` +
      `<e:Body><d:ProbeMatches>${matches}</d:ProbeMatches></e:Body></e:Envelope>`,
  );
}

function match(scopes: string, xaddrs: string): string {
  return (
    '<d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:1</a:Address></a:EndpointReference>' +
    `<d:Scopes>${scopes}</d:Scopes><d:XAddrs>${xaddrs}</d:XAddrs></d:ProbeMatch>`
  );
}

describe('the question for cameras', () => {
  it('carries the id by which answers are known', () => {
    const parsed = parseXml(probeMessage(id, 'tds:Device'));
    assert.ok(parsed.ok);
    assert.equal(textAt(parsed.value, 'Header', 'MessageID'), `urn:uuid:${id}`);
    assert.equal(textAt(parsed.value, 'Body', 'Probe', 'Types'), 'tds:Device');
  });
});

describe('an answer', () => {
  it('says what the device is called, what it is, where it hangs and where to ask on', () => {
    const scopes =
      'onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Front%20door' +
      ' onvif://www.onvif.org/hardware/IPC-1 onvif://www.onvif.org/location/country/Sweden' +
      ' onvif://www.onvif.org/location/Hall';
    const [found] = readProbeMatches(answer(match(scopes, 'http://10.0.0.5/onvif/device_service')), [id]);
    assert.deepEqual(found, {
      endpoint: 'urn:uuid:1',
      name: 'Front door',
      hardware: 'IPC-1',
      location: 'Sweden, Hall',
      xaddrs: ['http://10.0.0.5/onvif/device_service'],
    });
  });

  it('to somebody else is passed over', () => {
    assert.deepEqual(readProbeMatches(answer(match('', ''), 'uuid:other'), [id]), []);
  });

  it('of a hostile device brings no markup that lives, no control characters, no other scheme, and not much', () => {
    const name = `onvif://www.onvif.org/name/${encodeURIComponent('<img onerror=x>\u202e\u0000' + 'n'.repeat(5000))}`;
    const [found] = readProbeMatches(
      answer(match(name, `file:///etc/passwd javascript:x http://10.0.0.5/ ${'http://a/ '.repeat(100)}`)),
      [id],
    );
    assert.ok(found);
    assert.ok(found.name.startsWith('<img onerror=x> nnn'), 'text, for the page to escape');
    assert.equal(found.name.length, 120);
    assert.ok(found.xaddrs.length <= 8 && found.xaddrs.every((url) => url.startsWith('http://')));
    const many = readProbeMatches(answer(match('', '').repeat(400)), [id]);
    assert.equal(many.length, 16);
  });

  it('with a broken escape keeps its name as it is written', () => {
    const [found] = readProbeMatches(answer(match('onvif://www.onvif.org/name/100%', '')), [id]);
    assert.equal(found?.name, '100%');
  });
});
