/**
 * What playback sessions may take, each with its reason.
 */

/** A session that nobody extends ends after this. */
export const sessionTtlMs = 3_600_000;
/** Extended again and again, it never lasts longer than this from now. */
export const longestTtlMs = 24 * 3_600_000;
/** The longest range. The times of a transport stream come round after 26.5 hours. */
export const longestRangeMs = 24 * 3_600_000;

/** At one time. Each holds its plan: about 150 bytes for a segment. */
export const maxSessions = 500;
/**
 * Of one owner, so that others get some: whoever looks through a view of sixteen cameras leaves that many behind at each
 * of twelve places before the first of them counts as unused.
 */
export const maxSessionsOfOne = 200;
/** Of all sessions together: 75 MB. */
export const maxPlannedSegments = 500_000;
/** Of one owner: sixteen cameras over a whole day are 240 000. */
export const maxPlannedSegmentsOfOne = 300_000;
/**
 * At a limit, the session unused for longest makes room when nobody has asked for it for so long. Players that play
 * ask every few seconds; whoever searches a timeline leaves a session behind at each release.
 */
export const idleSessionMs = 20_000;
/** Recordings of one session: a day of files of 20 s. */
export const maxRecordings = 4320;
/** Tracks and picture sizes of one session; a camera changes a few times a day at most. */
export const maxCodecs = 64;

/** A segment ends at the first keyframe after this. */
export const segmentMs = 5_500;
/** The same for what is recorded while it is watched: it shall be seen soon. */
export const freshSegmentMs = 1_500;
/** Without a keyframe a segment ends here: TARGETDURATION of a playlist that grows must hold for what is to come. */
export const longestGrowingSegmentMs = 10_000;
/** The same for a range that is finished: recordings are hardly longer. */
export const longestSegmentMs = 60_000;
/** A segment is made in memory. */
export const maxSegmentBytes = 64 * 1024 * 1024;

/** Segments that were made, of all sessions: a few minutes for each of a dozen viewers. */
export const cacheBytes = 96 * 1024 * 1024;
/** Segments that are made at one time: more would only take turns at the disk. */
export const maxMaking = 4;
/** Waiting for their turn; beyond it a player is told to come back. */
export const maxWaitingToMake = 64;

/** Recordings that are remembered because damage was met in them: those met first are forgotten first. */
export const maxRemembered = 1000;
/** Of such recordings, segments that are tried before a session is told of: two recordings. */
export const maxTriedFirst = 20;

/** Plans that are reckoned at one time: that of a day takes about 30 MB for a moment. */
export const maxPlanning = 3;
export const maxWaitingToPlan = 100;

/** A playlist that grows is looked at anew after this. */
export const refreshMs = 500;
/** What was recorded is durable and listed so soon after. */
export const durableWithinMs = 3_000;
/** A playlist without a segment is of no use: its first reader waits for one, so long. */
export const firstSegmentMs = 8_000;
