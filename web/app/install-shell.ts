/** Lets the browser keep the shell of the dashboard, so that it can be installed: `public/sw.js`. */
import { basePath } from './api/base.ts';

/** Only on https and localhost; with a certificate that the browser doubts, it refuses, and nothing is lost. */
export function installShell(): void {
  if (!window.isSecureContext || !('serviceWorker' in navigator)) return;
  // Pictures come first.
  window.addEventListener('load', () => {
    navigator.serviceWorker.register(`${basePath}/sw.js`).catch(() => undefined);
  });
}
