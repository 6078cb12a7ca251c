/**
 * How the player looks inside its shadow root. A constructed sheet: allowed by any content
 * security policy of the page around it. Pages change it through parts and the `--sightline-*` properties.
 */
const css = `
:host {
  display: block; position: relative; overflow: hidden; aspect-ratio: 16 / 9;
  background: #06070a; color: #f4f6f8; border-radius: var(--sightline-radius, 0);
  font: 500 13px/1.4 var(--sightline-font, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif);
  container-type: inline-size; -webkit-font-smoothing: antialiased;
}
:host([hidden]) { display: none; }
:host(:fullscreen) { aspect-ratio: auto; border-radius: 0; }
video, canvas { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; opacity: 0; }
:host([fit='cover']) :is(video, canvas) { object-fit: cover; }
.on, .old .still.has { opacity: 1; }
.old :is(video, canvas) { filter: grayscale(1) brightness(0.42); }
.chip {
  position: absolute; top: 10px; left: 10px; display: flex; align-items: center; gap: 6px;
  padding: 3px 8px 3px 7px; border-radius: 6px; background: rgb(8 10 13 / 0.78);
  font-size: 11px; font-weight: 600; letter-spacing: 0.03em; line-height: 16px;
  font-variant-numeric: tabular-nums; white-space: nowrap;
}
.chip i { width: 7px; height: 7px; border-radius: 50%; background: #98a2ae; flex: none; }
.chip[data-tone='live'] i { background: #3ddc84; }
.chip[data-tone='late'] i { background: #ffb84d; border-radius: 1px; }
.chip[data-tone='trouble'] i { background: #ff6b6b; border-radius: 1px; transform: rotate(45deg); }
.message {
  position: absolute; inset: 0; display: flex; flex-direction: column; align-items: center; justify-content: center;
  gap: 4px; padding: 40px 24px; text-align: center; pointer-events: none;
}
.message b { font-size: clamp(13px, 3.4cqi, 19px); font-weight: 600; text-wrap: balance; }
.message span { max-width: 52ch; color: #c6ccd4; font-size: clamp(12px, 2.4cqi, 14px); text-wrap: pretty; }
@container (max-width: 300px) {
  .message { padding: 34px 10px 30px; }
  .message span { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
}
[hidden] { display: none !important; }
.pulse { width: 22px; height: 22px; margin-bottom: 6px; border-radius: 50%;
  border: 2px solid rgb(255 255 255 / 0.22); border-top-color: #fff; animation: turn 0.9s linear infinite; }
.message:not([data-busy]) .pulse { display: none; }
@keyframes turn { to { transform: rotate(1turn); } }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { .pulse { animation-duration: 3s; } }
`;

let sheet: CSSStyleSheet | undefined;

/** One sheet, shared by all players of the page. */
export function playerSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}
