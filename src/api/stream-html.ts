/**
 * The pages under `/stream` as text: choosing a client, and its player. They work without a script as far as they can; what
 * plays is `web/stream/player.ts`.
 */

export interface ListedClient {
  readonly id: string;
  readonly name: string;
  /** End of its newest clip, Unix ms; undefined without any. */
  readonly latestMs: number | undefined;
}

export function choosePage(clients: readonly ListedClient[]): string {
  const rows = clients.map(
    ({ id, name, latestMs }) => `
        <li>
          <a class="row" href="/stream/${escape(id)}">
            <span class="name">${escape(name)}</span>
            <span class="quiet">${latestMs === undefined ? 'No clips yet' : `Newest clip ${time(latestMs)}`}</span>
          </a>
        </li>`,
  );
  const options = clients.map(({ id, name }) => `<option value="${escape(id)}">${escape(name)}</option>`);
  const none = `
      <p class="quiet">No client has been registered yet. <code>POST /api/v1/clients</code> makes one; see
        <a href="/api/docs">the API</a>.</p>`;
  const body = `
      <h1>Remote clients</h1>
      <p class="quiet">Clips that they have sent, one after another.</p>
      ${clients.length === 0 ? none : `<ul class="rows">${rows.join('')}\n      </ul>`}
      ${clients.length === 0 ? '' : form(options.join(''), '')}`;
  return page('Remote clients', body, '');
}

export function playerPage(
  client: { readonly id: string; readonly name: string },
  refMs: number | undefined,
  nowMs: number,
): string {
  const id = escape(client.id);
  const ref = refMs === undefined ? '' : ` data-ref-ms="${refMs}"`;
  const body = `
      <p class="path"><a href="/stream">Remote clients</a></p>
      <h1>${escape(client.name)}</h1>
      <div class="screen">
        <video id="video" data-client="${id}" data-now-ms="${nowMs}"${ref} controls muted playsinline autoplay></video>
        <p id="message" class="message" role="status">Connecting …</p>
      </div>
      <p class="facts"><span id="mode" class="chip">${refMs === undefined ? 'New clips' : 'Replay'}</span>
        <time id="captured" class="quiet"></time></p>
      ${form(`<option value="${id}" selected>${escape(client.name)}</option>`, refMs === undefined ? '' : localTime(refMs))}
      <p><a class="button" href="/stream/${id}">Follow new clips</a></p>
      <noscript><p class="quiet">Without JavaScript, open this address in a player:
        <code>/stream/${id}/playlist.m3u8</code></p></noscript>`;
  return page(client.name, body, '\n    <script type="module" src="/stream.js"></script>');
}

function form(options: string, refTime: string): string {
  return `
      <form class="jump" action="/stream" method="get">
        <label>Client <select name="client">${options}</select></label>
        <label>From <input type="datetime-local" name="refTime" step="1" value="${escape(refTime)}" /></label>
        <button class="button primary" type="submit">Show</button>
      </form>`;
}

function page(title: string, body: string, script: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
    <meta name="color-scheme" content="dark light" />
    <title>${escape(title)} · Sightline</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/stream.css" />
    <script src="/theme.js"></script>${script}
  </head>
  <body>
    <header>
      <a class="brand" href="/"><img src="/icon.svg" alt="" width="28" height="28" />Sightline</a>
    </header>
    <main>${body}
    </main>
  </body>
</html>
`;
}

function time(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

/** As `datetime-local` wants it, in the zone of the server; the script says it anew in the browser's. */
function localTime(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '');
}
