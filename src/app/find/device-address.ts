/**
 * Where a device is, as people write it: `192.168.1.20`, `cam.local:8080`, `[fd00::5]`, `http://192.168.1.20/onvif/device_service`.
 */

export interface DeviceAddress {
  /** Name or address, without brackets, lower case. */
  readonly host: string;
  /** Where its ONVIF service may be, the likeliest first. */
  readonly services: readonly URL[];
  /** Where it may speak RTSP, the likeliest first. */
  readonly rtspPorts: readonly number[];
}

/** The usual one, then those of makers: Hikvision clones 8000, Xiongmai 8899, TP-Link 2020. */
const servicePorts = [80, 8080, 8000, 8899, 2020];
const servicePath = '/onvif/device_service';

/** Never throws. @returns undefined when it is no address, or holds credentials */
export function readDeviceAddress(text: string): DeviceAddress | undefined {
  const isService = /^https?:\/\//i.test(text);
  if (!isService && text.includes('/')) return undefined;
  const bare = /^[0-9a-f]*:[0-9a-f:.]+$/i.test(text) ? `[${text}]` : text;
  const whole = isService ? text : `http://${bare}`;
  if (!URL.canParse(whole)) return undefined;
  const url = new URL(whole);
  if (url.username !== '' || url.password !== '' || url.hostname === '') return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  // The port that a scheme has by itself vanishes from the parsed address.
  const written = /:(\d{1,5})(?:[/?#]|$)/.exec(bare.replace(/^https?:\/\//i, '').replace(/^\[[^\]]*\]/, ''));
  if (isService) {
    const service = new URL(url);
    if (service.pathname === '/') service.pathname = servicePath;
    return { host, services: [service], rtspPorts: [554, 8554] };
  }
  const ports = written ? [Number(written[1])] : servicePorts;
  const services = ports.map((port) => new URL(`http://${url.hostname}:${port}${servicePath}`));
  return { host, services, rtspPorts: written ? ports : [554, 8554] };
}
