import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readDeviceAddress } from './device-address.ts';

function services(text: string): string[] | undefined {
  return readDeviceAddress(text)?.services.map(String);
}

describe('the address of a device', () => {
  it('alone is asked at the ports that makers use', () => {
    assert.equal(services('192.168.1.20')?.[0], 'http://192.168.1.20/onvif/device_service');
    assert.ok(services('Cam.local')?.includes('http://cam.local:2020/onvif/device_service'));
    assert.deepEqual(readDeviceAddress('192.168.1.20')?.rtspPorts, [554, 8554]);
    assert.equal(readDeviceAddress('fd00::5')?.host, 'fd00::5');
  });

  it('with a port is asked there only', () => {
    assert.deepEqual(services('192.168.1.20:8554'), ['http://192.168.1.20:8554/onvif/device_service']);
    assert.deepEqual(readDeviceAddress('192.168.1.20:80')?.rtspPorts, [80]);
    assert.deepEqual(readDeviceAddress('[fd00::5]:90')?.rtspPorts, [90]);
  });

  it('of its service is taken as it is', () => {
    assert.deepEqual(services('http://10.0.0.5:88/dev'), ['http://10.0.0.5:88/dev']);
    assert.deepEqual(services('https://10.0.0.5'), ['https://10.0.0.5/onvif/device_service']);
  });

  it('never holds a login, and nothing that is typed breaks it', () => {
    for (const text of [
      '',
      'a b',
      'admin:secret@10.0.0.5',
      'http://a:b@c/',
      'rtsp://10.0.0.5/x',
      'a/b',
      ':80',
    ]) {
      assert.equal(readDeviceAddress(text), undefined, text);
    }
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readDeviceAddress(text)));
  });
});
