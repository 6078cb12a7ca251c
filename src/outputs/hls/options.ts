/**
 * What can be set for LL-HLS, and the limits that cannot.
 */
import { z } from 'zod';
import { setting, systemSetting } from '../../base/setting.ts';

const partMs = z.int().min(100).max(1000);
const segmentMs = z.int().min(500).max(10_000);

export const hlsOption = z
  .strictObject({
    partMs: partMs.default(200).meta({
      description: 'Length of an LL-HLS part in milliseconds; 500 suits viewers behind a CDN',
    }),
    segmentMs: segmentMs.default(2000).meta({
      description: 'A segment ends at the first keyframe at this length or after it, in milliseconds',
    }),
  })
  .prefault({})
  .meta({ description: 'Live playback over HTTP' });

const nextStream = 'A camera that is being watched over HLS changes when its last HLS viewer has left.';
const hlsSetting = { ...systemSetting, scope: 'server', group: 'HLS', unit: 'ms' } as const;

/** What may be changed while it runs. */
export const hlsSettings = {
  hlsPartMs: setting({
    ...hlsSetting,
    schema: partMs,
    default: 200,
    title: 'Length of a part',
    description: 'Shorter is sooner on the screen; 500 suits viewers behind a CDN.',
    effect: 'new-viewers',
    effectNote: nextStream,
    startup: ['hls', 'partMs'],
  }),
  hlsSegmentMs: setting({
    ...hlsSetting,
    schema: segmentMs,
    default: 2000,
    title: 'Length of a segment',
    description: 'A segment ends at the first keyframe at this length or after it.',
    effect: 'new-viewers',
    effectNote: nextStream,
    startup: ['hls', 'segmentMs'],
  }),
} as const;

export interface HlsOptions {
  /** Length of a part that we aim at; PART-TARGET is made of it and the frame rate. Behind a CDN: 500. */
  readonly partMs: number;
  /** Segments end at the first keyframe near this length or after it. */
  readonly segmentMs: number;
}

export const defaultHlsOptions: HlsOptions = { partMs: 200, segmentMs: 2000 };

/** TARGETDURATION: room for the keyframe intervals cameras are set to, and no more than a viewer can bear. */
export const minTargetDurationSeconds = 4;
export const maxTargetDurationSeconds = 10;

/** RFC 8216bis, 4.4.3.8: a delta update keeps at least six target durations. */
export const skipBoundaryTargets = 6;
/** Listed: what the skip boundary asks for, and one more so that something can be skipped. */
export const listedTargets = 7;
/** RFC 8216bis, 6.2.2: parts stay listed for three target durations. */
export const partsListedTargets = 3;
/**
 * Segments that have left the playlist can still be fetched for so many target durations. The standard asks for
 * the length of the playlist; live players stay at its other end, and memory is dearer than that promise.
 */
export const keptTargets = 2;
/** Media held for one stream, whatever its bitrate. 36 s of 16 Mbit/s are 72 MB. */
export const maxWindowBytes = 96 * 1024 * 1024;
/** The standard forbids a playlist shorter than three target durations; a hard limit on segments comes first. */
export const minListedSegments = 2;
/** A part is closed early at this size: eight frames of the largest keyframes we carry. */
export const maxPartBytes = 64 * 1024 * 1024;
/** Sound that waits for the picture its part ends with: 20 s of it. A camera whose picture has stopped sends more. */
export const maxPartUnits = 1_000;

/** Requests held open at one time for one stream; each costs about 1 KB. */
export const maxWaiters = 20_000;
/**
 * A held request is answered after this, at the latest, with the newest playlist there is. hls.js gives up on a
 * request that has sent nothing for 10 s, and for good after three of them.
 */
export const maxHeldMs = 8_000;
/** The first playlist of a camera that is only now being connected. */
export const firstPartMs = 9_500;
/** How often a camera that is being connected is asked whether it has failed. */
export const statusPollMs = 250;

/** People watching one stream whom we tell apart. */
export const maxTrackedViewers = 20_000;
/** A viewer who asks for nothing for so many target durations has left. */
export const silentTargets = 3;
/** Whom an operator ended is refused for so long: players ask again at once, and give up on a refusal. */
export const endedMs = 60_000;
/** With nobody watching for this long, the stream is let go. */
export const idleMs = 5_000;
