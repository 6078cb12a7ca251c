/**
 * How a picture stands in a multipart answer (RFC 2046, 5.1).
 */
import type { Picture } from '../../hub/pictures.ts';

/** Not in any JPEG file we make: it would have to stand there behind a line end and two dashes. */
export const boundary = 'sightline-picture';

/** Headers of one part and the empty line after them. `X-Timestamp`: capture, seconds since 1970. */
export function partHead({ bytes, captureMs }: Picture): string {
  const seconds = (captureMs / 1000).toFixed(3);
  return `Content-Type: image/jpeg\r\nContent-Length: ${bytes.length}\r\nX-Timestamp: ${seconds}\r\n\r\n`;
}
