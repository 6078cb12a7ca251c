/**
 * How much an export may be, and how much of the machine it takes.
 */

/** Footage of one camera: its tables in memory and the one file stay of a size that every player opens. */
export const maxFootageMs = 24 * 3_600_000;
/** From start to end, holes included: what is looked through in the index. */
export const maxRangeMs = 31 * 24 * 3_600_000;
/** Of one camera: a day of recordings of five seconds. */
export const maxRecordings = 20_000;
/** That wait, run or are kept. */
export const maxExports = 200;
/** Brought into memory by one read, unless a single fragment is larger. */
export const readAtOnceBytes = 4 * 1024 * 1024;
/** Left free on the disk of the data folder: the database lies there, too. */
export const spareBytes = 1024 ** 3;
/** How often progress is written down. */
export const progressEveryMs = 2000;
/** How often exports that have expired are looked for. */
export const expiryEveryMs = 60_000;
/** Gaps that a manifest lists for one camera; beyond it it says how many there are more. */
export const maxListedGaps = 10_000;
