/**
 * Who may do what, asked of every route there is, by everybody there is: what comes back is compared with a table that was
 * written by hand. What may not be seen has to look like what does not exist.
 */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { InjectOptions, RouteOptions } from 'fastify';
import { cameraCreateSchema } from '../../src/api/contract/cameras.ts';
import { ffmpegMissing } from '../../src/media/mp4/encoded.testing.ts';
import type { Asker, Askers } from './askers.ts';
import { makeAskers, mayBy, sees } from './askers.ts';
import type { Rig } from './rig.ts';
import { startRig } from './rig.ts';
import type { Line, Rule } from './table.ts';
import { lines, rules } from './table.ts';

let rig: Rig;
let askers: Askers;

interface Answer {
  readonly status: number;
  /** Of a problem. */
  readonly code: string;
  readonly text: string;
  /** All that tells one answer from another. */
  readonly whole: string;
}

/** One method at one address, and its line in the table. */
interface Case {
  readonly method: string;
  readonly url: string;
  readonly cameraParam: string | undefined;
  readonly line: Line;
  readonly rule: Rule;
}

const refusals = new Set(['sign-in-needed', 'not-allowed', 'camera-not-found']);

function routesOf(declared: readonly RouteOptions[]): readonly { method: string; route: RouteOptions }[] {
  return declared.flatMap((route) => [route.method].flat().map((method) => ({ method, route })));
}

/** The line of `GET` is that of `HEAD`. */
function lineOf(method: string, url: string): Line | undefined {
  const line = lines[`${method} ${url}`] ?? (method === 'HEAD' ? lines[`GET ${url}`] : undefined);
  return typeof line === 'string' ? { rule: line } : line;
}

const isCamera = /\/cameras\/:(\w+)|:(camera)\b/i;

function addressOf({ url, cameraParam, line }: Case, cameraId: string): string {
  const path = url.replaceAll(/:(\w+)|\*/g, (_, name: string | undefined) =>
    name !== undefined && name === cameraParam ? cameraId : (fillers[name ?? ''] ?? 'unknown'),
  );
  return line.query === undefined ? path : `${path}?${line.query}`;
}

const fillers: Readonly<Record<string, string>> = { file: 'index.m3u8', viewer: 'main-viewer-1' };

async function send(one: Case, asker: Asker, cameraId: string): Promise<Answer> {
  const { method, line } = one;
  const url = addressOf(one, cameraId);
  const credentials = await asker.credentials();
  if (url === '/api/v1/events') return endless(url, credentials);
  const payload = line.type ? 'v=0' : line.body?.(cameraId);
  const headers = { ...credentials, ...(line.type && { 'content-type': line.type }) };
  const options = { method, url, headers, ...(payload !== undefined && { payload }) } as InjectOptions;
  const answer = await rig.app.inject(options);
  const { date: _, ...told } = answer.headers;
  const code = /"code":"([^"]+)"/.exec(answer.payload)?.[1] ?? '';
  const [status, text] = [answer.statusCode, answer.payload];
  return { status, code, text, whole: JSON.stringify([status, told, text]) };
}

/** Of an answer that does not end, its beginning. */
function endless(path: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port: rig.port, path, headers, agent: false }, (response) => {
      const status = response.statusCode ?? 0;
      const done = (text: string): void => {
        const code = /"code":"([^"]+)"/.exec(text)?.[1] ?? '';
        resolve({ status, code, text, whole: JSON.stringify([status, text]) });
        request.destroy();
      };
      if (status === 200) return done('');
      response.setEncoding('utf8').once('data', done);
    });
    request.once('error', reject).end();
  });
}

function askersOf({ rule }: Case): readonly Asker[] {
  const { right } = rule;
  const named = right === undefined || right === 'any' ? 'ptz' : right;
  return [...askers.always, ...askers.withAndWithout(named)];
}

/** What is wrong with how this one is answered; undefined: nothing. */
async function fault(one: Case, asker: Asker): Promise<string | undefined> {
  const isAboutCamera = one.cameraParam !== undefined || one.line.body !== undefined;
  const camera = isAboutCamera ? 'one' : undefined;
  const may = mayBy(one.rule, asker, camera);
  const target = may && one.line.destroys ? await throwaway() : rig.one;
  const answer = await send(one, asker, target);
  const said = `${asker.name}: ${answer.status} ${answer.code}`;
  const isHead = one.method === 'HEAD';
  if (may) {
    const refused = isHead ? isClosed(one, answer) : refusals.has(answer.code);
    return refused ? `${said}, but may` : undefined;
  }
  const expected = expectedRefusal(one, asker);
  const isRefusal = expected.includes(answer.status) && (isHead || refusals.has(answer.code));
  if (!isRefusal) return `${said}, but must get ${expected.join(' or ')}`;
  if (!isAboutCamera || sees(asker, 'one')) return undefined;
  const unknown = await send(one, asker, rig.none);
  return unknown.whole === answer.whole ? undefined : `${said}, but a camera that is none: ${unknown.whole}`;
}

/** Without a body, a refusal of the policy and another look alike; what is open to anybody may want a secret of its own. */
function isClosed({ rule }: Case, { status }: Answer): boolean {
  return rule.who !== 'anybody' && (status === 401 || status === 403);
}

function expectedRefusal({ cameraParam, line }: Case, asker: Asker): readonly number[] {
  if (asker.kind === 'nobody') return [401];
  if (cameraParam !== undefined) return [sees(asker, 'one') ? 403 : 404];
  // Who may do it with no camera is told so before the body is read.
  return line.body ? [403, 404] : [403];
}

async function throwaway(): Promise<string> {
  const made = await rig.cameras.create(
    cameraCreateSchema.parse({ name: 'To be deleted', source: { kind: 'demo' }, enabled: false }),
  );
  assert.ok(made.ok);
  return made.value.id;
}

describe('every route', { skip: ffmpegMissing }, () => {
  let cases: readonly Case[] = [];

  before(async () => {
    rig = await startRig();
    askers = await makeAskers(rig);
    cases = routesOf(rig.routes).flatMap(({ method, route }) => {
      const line = lineOf(method, route.url);
      const { cameraParam } = route.config ?? {};
      return line ? [{ method, url: route.url, cameraParam, line, rule: rules[line.rule] }] : [];
    });
  });
  after(() => rig.close());

  test('has a line in the table, and every line a route', () => {
    const declared = routesOf(rig.routes).map(({ method, route }) => `${method} ${route.url}`);
    const missing = routesOf(rig.routes)
      .filter(({ method, route }) => !lineOf(method, route.url))
      .map(({ method, route }) => `${method} ${route.url} (${route.config?.action})`);
    assert.deepEqual(missing, [], 'Say in test/authorisation/table.ts who may use these.');
    assert.deepEqual(
      Object.keys(lines).filter(
        (name) => !declared.includes(name) && !declared.includes(`HEAD${name.slice(3)}`),
      ),
      [],
      'These are no routes any more.',
    );
    assert.equal(cases.length, declared.length);
  });

  test('that the document describes is one of them', () => {
    const { paths } = rig.app.swagger() as { paths: Record<string, Record<string, unknown>> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    assert.ok(described.length > 80);
    assert.deepEqual(
      described.filter((name) => lines[name] === undefined),
      [],
    );
  });

  test('that names a camera in its address declares where', () => {
    const silent = rig.routes.filter(({ url, config }) => {
      const [, byPath, byName] = isCamera.exec(url) ?? [];
      return config?.cameraParam !== (byPath ?? byName);
    });
    assert.deepEqual(
      silent.map(({ url }) => url),
      [],
    );
  });

  test('tells nobody anything, in the same words everywhere', async () => {
    const faults: string[] = [];
    const words = new Set<string>();
    for (const one of cases.filter(({ rule }) => rule.who !== 'anybody')) {
      for (const asker of askers.nobodies) {
        const { status, code, text } = await send(one, asker, rig.one);
        if (status !== 401) faults.push(`${one.method} ${one.url}: ${asker.name}: ${status} ${code}`);
        if (one.method !== 'HEAD') words.add(text);
      }
    }
    assert.deepEqual(faults, []);
    assert.equal(words.size, 1, [...words].join('\n'));
  });

  test('does what it does for those who may, and is closed to those who may not', async () => {
    const faults: string[] = [];
    for (const one of cases) {
      for (const asker of askersOf(one)) {
        const wrong = await fault(one, asker);
        if (wrong !== undefined) faults.push(`${one.method} ${one.url}: ${wrong}`);
      }
    }
    assert.deepEqual(faults, []);
  });
});
