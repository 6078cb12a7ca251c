/**
 * Which way a measured figure goes.
 */
export interface Sample {
  readonly atSeconds: number;
  readonly value: number;
}

/** Slope of the line with the least squared distance to the samples, per hour; NaN for fewer than two. */
export function slopePerHour(samples: readonly Sample[]): number {
  const meanTime = mean(samples.map(({ atSeconds }) => atSeconds));
  const meanValue = mean(samples.map(({ value }) => value));
  let both = 0;
  let square = 0;
  for (const { atSeconds, value } of samples) {
    both += (atSeconds - meanTime) * (value - meanValue);
    square += (atSeconds - meanTime) ** 2;
  }
  return square === 0 ? Number.NaN : (both / square) * 3600;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
