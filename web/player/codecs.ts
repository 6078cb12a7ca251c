/**
 * Names for codecs, and what to do when a browser lacks one.
 */

/** @param codec RFC 6381, for example `hvc1.1.6.L120.90`. */
export function codecName(codec: string): string {
  const kind = codec.toLowerCase().split('.')[0] ?? '';
  return names.get(kind) ?? codec;
}

/** Plain words: why not, and what helps. */
export function codecAdvice(codec: string): string {
  if (codecName(codec) === 'H.265') {
    return 'The camera sends H.265. Set it to H.264, or open this page in Safari, or in a Chrome or Edge whose graphics card decodes H.265.';
  }
  return `The camera sends ${codec}. Set it to H.264 video and AAC sound, which every browser plays.`;
}

const names = new Map([
  ['avc1', 'H.264'],
  ['avc3', 'H.264'],
  ['h264', 'H.264'],
  ['hvc1', 'H.265'],
  ['hev1', 'H.265'],
  ['h265', 'H.265'],
  ['av01', 'AV1'],
  ['mp4a', 'AAC'],
  ['aac', 'AAC'],
  ['opus', 'Opus'],
  ['g711', 'G.711'],
  ['mjpeg', 'Motion JPEG'],
]);
