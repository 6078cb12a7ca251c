/**
 * Addresses of other servers: which of them can be connected to from here, and which run a program there and are
 * never run here.
 */
import { shownText } from './values.ts';
import type { SourceDraft } from './drafts.ts';

export type ReadAddress =
  | { readonly source: SourceDraft }
  /** Why it cannot be used. */
  | { readonly refusal: string };

/** @param address as it stands in the file, placeholders filled in */
export function readAddress(address: string): ReadAddress {
  const { scheme, url } = parts(address.trim());
  switch (scheme) {
    case 'rtsp':
    case 'rtsps':
      return { source: { kind: 'rtsp', url } };
    case 'rtspx':
      // The same as rtsps, and whatever certificate there is.
      return { source: { kind: 'rtsp', url: `rtsps${url.slice(scheme.length)}`, verifyTls: false } };
    default:
      return {
        refusal: refusals[scheme] ?? `${shownText(scheme)}: is no kind of address that is known here.`,
      };
  }
}

/** Name of a stream on the same machine, as servers that contain go2rtc or MediaMTX restream to themselves. */
export function localStream(address: string): string | undefined {
  const found = /^rtsp:\/\/(?:[^@/]*@)?(?:127\.0\.0\.1|localhost|\[::1\]|go2rtc)(?::8554)?\/([^/?#]+)/i.exec(
    address.trim(),
  );
  return found?.[1];
}

/** What follows `#` in an address is for go2rtc; cameras do not get to see it. */
function parts(address: string): { readonly scheme: string; readonly url: string } {
  const scheme = (/^[a-z][a-z0-9+.-]*(?=:)/i.exec(address)?.[0] ?? '').toLowerCase();
  const hash = address.search(/#[a-z_]+=/i);
  const url = hash < 0 ? address : address.slice(0, hash);
  return { scheme, url: scheme + url.slice(scheme.length) };
}

const program = 'runs a program. Programs are never run here.';
const otherKind = (what: string): string =>
  `${what} cannot be connected to yet. Use the RTSP address of the camera.`;

const refusals: Readonly<Record<string, string>> = {
  '': 'is no address.',
  exec: `exec: ${program}`,
  expr: `expr: ${program}`,
  echo: `echo: ${program}`,
  ffmpeg: 'ffmpeg: converts a stream, which is not taken over. Use the address behind it.',
  onvif: 'onvif: addresses are not looked up. Use the RTSP address of the camera.',
  http: otherKind('An HTTP stream'),
  https: otherKind('An HTTP stream'),
  httpx: otherKind('An HTTP stream'),
  rtmp: otherKind('RTMP'),
  rtmps: otherKind('RTMP'),
  srt: otherKind('SRT'),
  udp: otherKind('A UDP stream'),
  'udp+mpegts': otherKind('A UDP stream'),
  'udp+rtp': otherKind('A UDP stream'),
  whep: otherKind('WHEP'),
  wheps: otherKind('WHEP'),
  webrtc: otherKind('WebRTC'),
  'rtsp+http': otherKind('RTSP through HTTP'),
  'rtsps+http': otherKind('RTSP through HTTP'),
  'rtsp+ws': otherKind('RTSP through a WebSocket'),
  'rtsps+ws': otherKind('RTSP through a WebSocket'),
};
