/** A stretch of the past in words. In: Unix ms. Out: both ends, the day once where it is one, in this device's time zone. */
import { dateTime } from '../../format.ts';

/** Shorter ones need seconds to be told from each other. */
const shortMs = 3_600_000;

export function rangeWords(fromMs: number, toMs: number): string {
  const timeStyle = toMs - fromMs < shortMs ? 'medium' : 'short';
  const day = new Date(fromMs).toLocaleDateString('en-GB', { dateStyle: 'medium' });
  if (day !== new Date(toMs).toLocaleDateString('en-GB', { dateStyle: 'medium' }))
    return `${dateTime(fromMs)} – ${dateTime(toMs)}`;
  const time = (ms: number): string => new Date(ms).toLocaleTimeString('en-GB', { timeStyle });
  return `${day}, ${time(fromMs)} – ${time(toMs)}`;
}
