/**
 * Keeps the shell of the dashboard on the device: the built files, and a page for when the server is not reached.
 * Nothing of the API and no media is kept or even looked at: what a camera saw is on the server, and nowhere else.
 */
const shellCache = 'sightline-shell-1';
const offlinePage = 'offline.html';
const offlineFiles = [offlinePage, 'offline.css', 'theme.js', 'icon.svg'];

/** A build has about forty files; older ones go first. */
const mostFiles = 120;

const scope = new URL(self.registration.scope).pathname;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(shellCache)
      .then((cache) => cache.addAll(offlineFiles.map((file) => scope + file)))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOutdated());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    event.respondWith(fetch(request).catch(() => kept(scope + offlinePage)));
  } else if (pathname.startsWith(`${scope}assets/`)) {
    event.respondWith(builtFile(request));
  } else if (offlineFiles.some((file) => pathname === scope + file)) {
    event.respondWith(fetch(request).catch(() => kept(pathname)));
  }
});

async function dropOutdated() {
  for (const name of await caches.keys()) if (name !== shellCache) await caches.delete(name);
}

/** Names in this folder have a hash of the content: what is kept is right for ever. */
async function builtFile(request) {
  const cache = await caches.open(shellCache);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && answer.type === 'basic') {
    await cache.put(request, answer.clone());
    await trim(cache);
  }
  return answer;
}

async function trim(cache) {
  const built = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith(`${scope}assets/`));
  for (const old of built.slice(0, Math.max(0, built.length - mostFiles))) await cache.delete(old);
}

async function kept(path) {
  return (await caches.match(path, { cacheName: shellCache })) ?? Response.error();
}
