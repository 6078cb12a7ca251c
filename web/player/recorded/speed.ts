/** How fast footage is played. */
export const speeds = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16] as const;
export type Speed = (typeof speeds)[number];

/** Beyond it only keyframes are shown: no browser decodes 16 times as many pictures. */
const fastestVideo = 4;
/** Beyond it there is nothing to understand. */
const fastestSound = 2;

/** @param by 1 the next faster one, -1 the next slower one; stays at the ends. */
export function nextSpeed(speed: Speed, by: 1 | -1): Speed {
  return speeds[speeds.indexOf(speed) + by] ?? speed;
}

export function showsKeyframesOnly(speed: Speed): boolean {
  return speed > fastestVideo;
}

export function hasSound(speed: Speed): boolean {
  return speed >= 0.5 && speed <= fastestSound;
}

/** `1/8×`, `16×`. */
export function speedText(speed: Speed): string {
  return `${speed < 1 ? `1/${1 / speed}` : speed}×`;
}

/** @param text a number as a form control gives it. */
export function speedFrom(text: string): Speed {
  return speeds.find((speed) => String(speed) === text) ?? 1;
}
