/**
 * Between capture time and the time line of a `<video>` that plays a playlist. In: segments with their capture times.
 * Out: pieces without a hole. A playlist leaves holes out: there the media go on at once, capture time jumps.
 */
export interface Segment {
  /** Capture time of its first picture, Unix ms. */
  readonly wallMs: number;
  /** On the media time line, seconds. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/** Footage in one go. */
export interface Piece {
  readonly startMs: number;
  readonly endMs: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export type Place =
  | { readonly kind: 'in'; readonly piece: Piece; readonly seconds: number }
  /** `next` undefined: nothing follows in this playlist. */
  | { readonly kind: 'hole'; readonly next: Piece | undefined };

/** Less than this is rounding, or a camera's clock that drifts. */
const joinedBelowMs = 300;

/** @param segments in the order they are played. */
export function piecesOf(segments: Iterable<Segment>): Piece[] {
  const pieces: Piece[] = [];
  for (const { wallMs, startSeconds, durationSeconds } of segments) {
    const endMs = wallMs + durationSeconds * 1000;
    const endSeconds = startSeconds + durationSeconds;
    const last = pieces.at(-1);
    if (last && Math.abs(wallMs - last.endMs) < joinedBelowMs) {
      pieces[pieces.length - 1] = { ...last, endMs, endSeconds };
      continue;
    }
    // What was announced may be longer than what came: the next piece is where it is.
    if (last && last.endSeconds > startSeconds)
      pieces[pieces.length - 1] = { ...last, endSeconds: startSeconds };
    pieces.push({ startMs: wallMs, endMs, startSeconds, endSeconds });
  }
  return pieces;
}

export function placeOf(pieces: readonly Piece[], ms: number): Place {
  const piece = pieces.find((one) => ms >= one.startMs && ms < one.endMs);
  if (!piece) return { kind: 'hole', next: pieces.find((one) => one.startMs > ms) };
  const share = (ms - piece.startMs) / (piece.endMs - piece.startMs);
  return { kind: 'in', piece, seconds: piece.startSeconds + share * (piece.endSeconds - piece.startSeconds) };
}

/** Pictures lie a little beside the place that playlists tell; less than half of the time to the next one. */
const besideSeconds = 0.015;
/** The first picture of a piece may come so much before it. */
const earlySeconds = 0.1;

/**
 * Which piece a picture belongs to; undefined where none is.
 * @param expected the one that was sought, or of the picture before: it is preferred at its own beginning
 */
export function pieceAt(pieces: readonly Piece[], seconds: number, expected?: Piece): Piece | undefined {
  const known = expected && sameAs(pieces, expected);
  if (known && seconds >= known.startSeconds - earlySeconds && seconds < known.endSeconds - besideSeconds) {
    return known;
  }
  const place = seconds + besideSeconds;
  return pieces.find((one) => place >= one.startSeconds && place < one.endSeconds);
}

/** The piece as it is known now: its end may have moved. */
export function sameAs(pieces: readonly Piece[], piece: Piece): Piece {
  return pieces.find((one) => Math.abs(one.startMs - piece.startMs) < joinedBelowMs) ?? piece;
}

/** Capture time of a place in a piece. */
export function wallIn(piece: Piece, seconds: number): number {
  const share = (seconds - piece.startSeconds) / (piece.endSeconds - piece.startSeconds);
  return Math.max(piece.startMs, piece.startMs + share * (piece.endMs - piece.startMs));
}
