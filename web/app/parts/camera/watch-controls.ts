/** What the timeline does for the keys of the page, once it is loaded. */
export interface WatchControls {
  /** Something recorded is seen, not live. */
  readonly recorded: boolean;
  togglePlay(): void;
  sound(): void;
  full(): void;
}
