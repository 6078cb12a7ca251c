/**
 * Every limit of the live WebSocket, with its reason.
 */

/** A wall of 8 by 8 pictures. */
export const maxChannels = 64;
/** All viewers of a large house; beyond it memory and sockets are somebody else's. */
export const maxSockets = 2000;
/** A player says a few words when it starts; a page of 64 tiles says 64 of them. */
export const maxMessagesPerSecond = 200;
/** A viewer that is so far behind would see the past: better is a jump to the newest keyframe. */
export const mostBehindMs = 1500;
/** A keyframe of a 4K camera must fit, or such a camera is never seen. */
export const leastBudgetBytes = 768 * 1024;
/** Whatever the rate is: what a thousand slow viewers may cost stays bounded. */
export const mostBudgetBytes = 6 * 1024 * 1024;
/** Who has taken nothing for so long has gone, whatever TCP says. */
export const stalledMs = 10_000;
/** How often the two above are looked at. */
export const checkMs = 1000;
/** The cached pictures of a feed, for who joins it: as in the hub. */
export const maxCachedBytes = 32 * 1024 * 1024;
export const maxCachedUnits = 6000;
/** Sound that falls silent for so long beside a picture that goes on would hold the picture up in the browser. */
export const silentAfterSeconds = 1.5;
/** Below this width, in device pixels, the smaller source is enough. */
export const smallPictureWidth = 640;
