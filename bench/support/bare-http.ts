/**
 * The baseline of HTTP answers: `node:http` and nothing else, with the bytes in memory.
 *
 * Program: `serve` says what to answer and returns the port. `/playlist` and `/part` are answered at once; `/held`
 * waits for the next part, which comes every 200 ms, and all who wait get the same Buffer. `released`: when that was.
 */
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveParent, sharedNowMs } from './program.ts';

export interface BareFiles {
  readonly playlist: Uint8Array;
  readonly part: Uint8Array;
}

const partMs = 200;
/** More than one run needs. */
const maxReleases = 2000;

let files: BareFiles = { playlist: new Uint8Array(), part: new Uint8Array() };
let held: ServerResponse[] = [];
const released: number[] = [];

const server = createServer((request, response) => {
  if (request.url === '/held') held.push(response);
  else send(response, request.url === '/part' ? files.part : files.playlist);
});

function send(response: ServerResponse, bytes: Uint8Array): void {
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': bytes.length });
  response.end(bytes);
}

setInterval(() => {
  const waiting = held;
  held = [];
  released.push(sharedNowMs());
  if (released.length > maxReleases) released.shift();
  for (const response of waiting) send(response, files.playlist);
}, partMs);

await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));

serveParent({
  serve: (given: BareFiles) => {
    files = given;
    return (server.address() as AddressInfo).port;
  },
  released: () => released,
});
