/**
 * The rules a live session is held to, and what is reported of it. Sections are those of RFC 8216bis
 * (draft-pantos-hls-rfc8216bis) unless another is named.
 */
export const rules = {
  version: '8: skipping needs EXT-X-VERSION 9',
  'server-control': '4.4.3.8: a low-latency playlist offers blocking reload',
  'hold-back': '4.4.3.8: HOLD-BACK is at least three target durations',
  'part-hold-back': '4.4.3.8: PART-HOLD-BACK is at least three part targets',
  'can-skip-until': '4.4.3.8: CAN-SKIP-UNTIL is at least six target durations',
  'target-duration-constant': '4.4.3.1: TARGETDURATION never changes',
  'part-target-constant': '4.4.3.7: PART-TARGET never changes',
  'part-duration-max': '4.4.3.7: no part is longer than PART-TARGET',
  'part-duration-min': '4.4.4.9: every part but the last of a segment has at least 85 % of PART-TARGET',
  'segment-duration-max': '4.4.3.1: a rounded EXTINF is at most TARGETDURATION',
  'segment-duration-sum': '4.4.4.9: the parts of a segment add up to its EXTINF',
  'media-sequence': '6.2.1: the media sequence number never decreases',
  'discontinuity-sequence': '6.2.1: it grows by the discontinuities that left the playlist, and only so',
  'append-only': '6.2.1: what was published is never changed or taken back, but from the start',
  'three-targets': '6.2.2: a playlist that has lost segments still lasts three target durations',
  'parts-kept': '6.2.2: parts of the last three target durations are listed',
  'preload-hint': '4.4.5.3: the hinted part is the one that comes',
  'no-segment-at-end': 'hls.js: a playlist that ends on a segment URI confuses it',
  'init-segment': '4.4.4.5: every segment has an EXT-X-MAP whose tracks can be read',
  'date-time': '4.4.4.6: every segment has a date, and dates agree with media time within 100 ms',
  'delta-update': '6.2.5.1: a delta update, completed, equals the full playlist',
  'blocking-answer':
    '6.2.5.2: a held request is answered with what it asked for, within three target durations',
  available: '6.2.2: everything listed can be fetched, with its type and length',
  immutable: '6.2.1: the bytes behind a URI never change',
  'parts-make-segment': '6.2.2: the bytes of a segment are those of its parts',
  'media-readable': 'ISO/IEC 14496-12, 8.8: a part holds whole fragments',
  'media-continuous':
    'ISO/IEC 14496-12, 8.8.12: samples of a track neither overlap nor, in the leading track, leave holes',
  'media-duration': '4.4.4.9: declared and real durations agree',
  independent: '4.4.4.9: an independent part begins with a keyframe',
} as const;

export type RuleName = keyof typeof rules;

export interface Violation {
  readonly rule: RuleName;
  /** Where and how. */
  readonly detail: string;
}

export interface Report {
  readonly violations: readonly Violation[];
  readonly playlists: number;
  readonly parts: number;
  readonly segments: number;
  readonly discontinuities: number;
  /** Held requests that ended without what they asked for: the camera was away. */
  readonly unanswered: number;
}

export class Findings {
  /** More of the same says nothing new. */
  static readonly #maxPerRule = 20;
  readonly violations: Violation[] = [];
  readonly #perRule = new Map<RuleName, number>();

  /** Notes a violation unless `holds`. */
  expect(holds: boolean, rule: RuleName, detail: string): void {
    if (holds) return;
    const count = (this.#perRule.get(rule) ?? 0) + 1;
    this.#perRule.set(rule, count);
    if (count <= Findings.#maxPerRule) this.violations.push({ rule, detail });
  }
}
