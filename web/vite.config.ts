/**
 * Builds three things at once into web/dist: the dashboard (index.html), the player element (player.js, a stable
 * name that foreign pages can put in a script tag), and the player of remote clips (stream.js).
 */
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import type { Plugin } from 'vite';
import { keepBudgets } from './budgets.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where `npm run dev` finds a running server. */
const server = process.env['SIGHTLINE_URL'] ?? 'http://127.0.0.1:8080';
/** Proxied with the Host header of the browser. */
const unchanged = { target: server, changeOrigin: false };

/**
 * What Vite puts around each `import()`, without what nobody needs here: it would be a tenth of player.js.
 * Style sheets that a chunk brings along are loaded, each once.
 */
const preloadHelper = `
const asked = {};
const style = (file) => new Promise((onload, onerror) => {
  const href = import.meta.url.replace(/((assets|player)\\/)?[^/]*$/, '') + file;
  document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href, onload, onerror }));
});
export const __vitePreload = async (load, files = []) => {
  await Promise.all(files.map((file) => file.endsWith('.css') && (asked[file] ??= style(file))));
  return load();
};`;

function smallPreload(): Plugin {
  return {
    name: 'small-preload',
    apply: 'build',
    enforce: 'pre',
    load: (id) => (id === '\0vite/preload-helper.js' ? preloadHelper : undefined),
  };
}

const squeezed = (sheet: string): string => sheet.replaceAll(/\s+/g, ' ').replaceAll(/ ?([{};,]) ?/g, '$1');

/** Style sheets inside of scripts are written for people: their white space need not be sent. */
function squeezeStyles(): Plugin {
  return {
    name: 'squeeze-styles',
    apply: 'build',
    enforce: 'pre',
    transform: (code, id) =>
      /player\/[\w-]*style\.ts$/.test(id)
        ? { code: code.replace(/(?<=const css = )`[^`]*`/, squeezed), map: null }
        : undefined,
  };
}

/** Named by pages that this build does not write. */
const stableNames: ReadonlySet<string> = new Set(['player', 'stream']);

export default defineConfig({
  root: here('.'),
  base: '/',
  // See there: no style elements under our content security policy.
  resolve: { alias: { 'react-remove-scroll': here('app/parts/scroll-lock.tsx') } },
  plugins: [smallPreload(), squeezeStyles(), react(), tailwindcss(), keepBudgets()],
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    target: 'es2022',
    // Its helper would tie player.js to the dashboard's addresses.
    modulePreload: false,
    // Anything inline would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: { app: here('index.html'), player: here('player/element.ts'), stream: here('stream/player.ts') },
      output: {
        entryFileNames: ({ name }) => (stableNames.has(name) ? `${name}.js` : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  // The server refuses a page whose origin is not its host: both have to stay as the browser sent them.
  server: { proxy: { '/api': unchanged, '/hls': unchanged } },
});
