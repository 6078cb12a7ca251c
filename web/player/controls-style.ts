/** How the row of buttons looks; see `style.ts`. */
const css = `
.bar {
  position: absolute; inset: auto 0 0 0; display: flex; gap: 4px; align-items: center; padding: 28px 10px 10px;
  background: linear-gradient(transparent, rgb(0 0 0 / 0.55)); transition: opacity 0.18s;
}
@media (hover: hover) {
  :host(:is(:not(:hover), [data-idle]):not(:focus-within)) .playing ~ .bar { opacity: 0; }
  :host(:fullscreen[data-idle]) .playing { cursor: none; }
}
.room { flex: 1; min-width: 0; display: flex; align-items: center; gap: 10px; padding: 0 6px; }
.why { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: #d5dae1; font-size: 12px;
  text-shadow: 0 1px 3px rgb(0 0 0 / 0.85); }
button, select { all: unset; box-sizing: border-box; height: 44px; border-radius: 9px; color: #fff; cursor: pointer;
  background: rgb(8 10 13 / 0.6); }
button { display: grid; place-items: center; flex: none; width: 44px; }
select { min-width: 0; padding: 0 30px 0 12px; line-height: 44px; white-space: nowrap; overflow: hidden; font-size: 12px; font-weight: 600; text-overflow: ellipsis;
  background: linear-gradient(45deg, transparent 50%, #c6ccd4 50%) calc(100% - 15px) 20px / 5px 5px no-repeat,
    linear-gradient(-45deg, transparent 50%, #c6ccd4 50%) calc(100% - 11px) 20px / 5px 5px no-repeat, rgb(8 10 13 / 0.6); }
option { background: #14181d; color: #f4f6f8; font-size: 13px; }
button:hover { background: rgb(40 46 54 / 0.85); }
:is(button, select):focus-visible { outline: 2px solid var(--sightline-accent, #5cc8ff); outline-offset: 2px; }
button[aria-disabled='true'] { opacity: 0.5; cursor: not-allowed; }
svg { width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
@container (max-width: 480px) {
  .room { padding: 0; }
  .why { position: absolute; left: 14px; right: 14px; bottom: 60px; }
  select { padding: 0 24px 0 10px; }
}
@media (prefers-reduced-motion: reduce) { .bar { transition: none; } }
`;

let sheet: CSSStyleSheet | undefined;

/** One sheet, shared by all players of the page. */
export function controlsSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}
