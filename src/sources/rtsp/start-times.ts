/**
 * From the RTP-Info header (RFC 2326, 12.33) to the RTP time at which each track begins. Pure.
 */
import type { RtpInfo } from '../../media/rtsp/headers.ts';

/** @param urls of the tracks, as they were set up. Undefined where the camera did not tell. */
export function startTimes(infos: readonly RtpInfo[], urls: readonly string[]): (number | undefined)[] {
  return urls.map((url, index) => infoFor(infos, url, index, urls.length)?.rtpTime);
}

/** Entries name the address of their track, absolute or not; when none fits, their order counts. */
function infoFor(infos: readonly RtpInfo[], url: string, index: number, tracks: number): RtpInfo | undefined {
  const named = infos.find((info) => info.url !== '' && (info.url === url || url.endsWith(`/${info.url}`)));
  return named ?? (infos.length === tracks ? infos[index] : undefined);
}
