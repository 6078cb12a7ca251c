import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { freeName, modelName, streamSource, suggestedStreams, typedDevice } from './device.ts';

const device = { address: '', title: '', location: '', user: '', password: '' };

describe('what is typed', () => {
  it('is a device when it is an address without a path, or that of its service', () => {
    for (const text of [
      '192.168.1.20',
      ' cam-1.local:8080 ',
      '[fd00::5]:80',
      'http://10.0.0.5/onvif/device_service',
    ]) {
      assert.equal(typedDevice(text)?.address, text.trim());
    }
  });

  it('is none when it is a stream, holds a login, or is nothing', () => {
    for (const text of ['', 'rtsp://10.0.0.5/x', 'admin:x@10.0.0.5', 'http://a:b@c/', 'a b', 'a/b']) {
      assert.equal(typedDevice(text), undefined, text);
    }
  });
});

describe('a stream as a source', () => {
  it('carries the login so that no character of it ends the address', () => {
    const source = streamSource('rtsp://10.0.0.5/a?b=$&', {
      ...device,
      user: 'a@b',
      password: "p:/?#[]@!$&'()*%ü",
    });
    assert.ok(source.kind === 'rtsp');
    const url = new URL(source.url.replace('rtsp:', 'http:'));
    assert.deepEqual([url.host, url.pathname, url.search], ['10.0.0.5', '/a', '?b=$&']);
    assert.equal(decodeURIComponent(url.username), 'a@b');
    assert.equal(decodeURIComponent(url.password), "p:/?#[]@!$&'()*%ü");
    assert.match(source.url, /^rtsp:\/\/[^@'()*!]+@10/);
  });

  it('of an open camera carries none', () => {
    const source = streamSource('rtsp://10.0.0.5/a', device);
    assert.equal(source.kind === 'rtsp' && source.url, 'rtsp://10.0.0.5/a');
  });
});

describe('the suggestion', () => {
  const stream = {
    name: '',
    lens: '',
    codec: '',
    width: null,
    height: null,
    framesPerSecond: null,
    bitrateBps: null,
    keyframeSeconds: null,
    hasSound: false,
    reason: null,
  };
  it('is what the server says, else the first stream', () => {
    const streams = [
      { ...stream, url: 'a', role: 'sub' as const },
      { ...stream, url: 'b', role: 'main' as const },
    ];
    assert.deepEqual(suggestedStreams(streams), { main: 'b', sub: 'a' });
    assert.deepEqual(suggestedStreams([{ ...stream, url: 'c', role: null }]), { main: 'c', sub: '' });
  });
});

describe('a name', () => {
  it('is one that no camera has', () => {
    assert.equal(freeName('Door', ['door', 'Door 2']), 'Door 3');
    assert.equal(freeName(' ', []), 'Camera');
  });

  it('says the maker once', () => {
    assert.equal(modelName({ maker: 'Axis', model: 'AXIS P3245' }), 'AXIS P3245');
    assert.equal(modelName({ maker: 'Rig', model: 'R1' }), 'Rig R1');
  });
});
