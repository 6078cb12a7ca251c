/**
 * Bounds on what a video stream may claim about itself, the same for H.264 and H.265.
 */

/** Twice 8K; the largest camera seen has 8192. */
export const maxPictureSidePixels = 16_384;
/** Above this a rate in the VUI is nonsense (cameras write 90000/1 or 1000/1 by mistake). */
export const maxFramesPerSecond = 480;
/** MaxDpbFrames of both standards (H.264, A.3.1; H.265, A.4.2). */
export const maxReorderFrames = 16;
/** The largest key frame seen is about 3 MB (8K H.265); more is an attack or a broken camera. */
export const maxAccessUnitBytes = 8 * 1024 * 1024;
/** An access unit of that size in packets of 512 bytes. Small packets pin larger receive buffers. */
export const maxPacketsPerUnit = 16_384;
