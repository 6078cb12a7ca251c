/**
 * Numbers as people read them. In: units named in the argument. Out: short text with its unit.
 */
import type { TrackInfo } from '../../src/api/contract/cameras.ts';

export function bitrate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e6) return `${(bitsPerSecond / 1e6).toFixed(bitsPerSecond < 1e7 ? 1 : 0)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

export function frameRate(perSecond: number): string {
  const rounded = Math.round(perSecond * 10) / 10;
  return `${Number.isInteger(rounded) ? rounded : rounded.toFixed(1)} fps`;
}

export function seconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
}

/** @param count groups of thousands are set apart. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString('en-GB').replaceAll(',', ' ');
}

export function bytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
  return `${Math.round(count / 1000)} kB`;
}

/** `12 s`, `4 min`, `3 h 20 min`, `5 days`. */
export function duration(milliseconds: number): string {
  const total = Math.max(0, Math.round(milliseconds / 1000));
  if (total < 60) return `${total} s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** In the browser's time zone: `21 Nov 2026, 14:03`. @param time Unix ms */
export function dateTime(time: number): string {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

/** `1080p` where people say so, else `704 × 576`. */
export function pictureSize(widthPixels: number, heightPixels: number): string {
  const wide = Math.abs(widthPixels / heightPixels - 16 / 9) < 0.02;
  if (wide && heightPixels >= 2160) return '4K';
  return wide ? `${heightPixels}p` : `${widthPixels} × ${heightPixels}`;
}

/** One line for a track: codec, size or sampling, rate. @param name how people call the codec. */
export function trackLine(track: TrackInfo, name: string): string {
  const parts = [name];
  if (track.width !== null && track.height !== null) parts.push(`${track.width} × ${track.height}`);
  if (track.framesPerSecond !== null) parts.push(frameRate(track.framesPerSecond));
  if (track.sampleRateHz !== null) parts.push(`${track.sampleRateHz / 1000} kHz`);
  if (track.channels !== null) parts.push(channels(track.channels));
  return parts.join(' · ');
}

function channels(count: number): string {
  if (count === 1) return 'mono';
  return count === 2 ? 'stereo' : `${count} channels`;
}
