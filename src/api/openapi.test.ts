import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { cameraStateSchema } from './contract/cameras.ts';
import { startPeopleApi } from './people.testing.ts';
import type { TestApi } from './testing.ts';
import { ask, startTestApi } from './testing.ts';

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description?: string;
        readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
      }
    >
  >;
}
interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let api: TestApi;
let document: OpenApi;
/** Of a server with accounts. */
let withPeople: OpenApi;
before(async () => {
  api = await startTestApi();
  document = (await ask(api.port, '/api/v1/openapi.json')).json as OpenApi;
  const people = await startPeopleApi();
  const admin = await people.signedIn('Ada');
  withPeople = (await admin.get('/api/v1/openapi.json')).json as OpenApi;
  await people.close();
});
after(() => api.close());

function operations(of = document): [string, Operation, string][] {
  return Object.entries(of.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation, string] => [
      `${method.toUpperCase()} ${path}`,
      operation,
      path,
    ]),
  );
}

function schemaOf(method: string, path: string, status: number): z.ZodType {
  const content = document.paths[path]?.[method]?.responses[status]?.content;
  const [media] = Object.values(content ?? {});
  return z.fromJSONSchema(media?.schema as Parameters<typeof z.fromJSONSchema>[0]);
}

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1 and lists what there is', () => {
    assert.match(document.openapi, /^3\.1\.\d+$/);
    assert.equal(document.info.title, 'Sightline');
    assert.deepEqual(
      operations()
        .map(([name]) => name)
        .filter((name) => !name.startsWith('HEAD'))
        .toSorted(),
      [
        'DELETE /api/cameras/{id}',
        'DELETE /api/v1/cameras/{id}',
        'DELETE /api/v1/cameras/{id}/recordings',
        'DELETE /api/v1/cameras/{id}/viewers/{viewer}',
        'DELETE /api/v1/holds/{id}',
        'DELETE /api/v1/views/{id}',
        'GET /api/cameras',
        'GET /api/cameras/',
        'GET /api/cameras/{id}',
        'GET /api/v1/cameras',
        'GET /api/v1/cameras/{id}',
        'GET /api/v1/cameras/{id}/days',
        'GET /api/v1/cameras/{id}/recording',
        'GET /api/v1/cameras/{id}/snapshot.jpg',
        'GET /api/v1/cameras/{id}/timeline',
        'GET /api/v1/cameras/{id}/viewers',
        'GET /api/v1/events',
        'GET /api/v1/history',
        'GET /api/v1/holds',
        'GET /api/v1/session',
        'GET /api/v1/settings',
        'GET /api/v1/storage',
        'GET /api/v1/storage/deletions',
        'GET /api/v1/system',
        'GET /api/v1/views',
        'GET /api/v1/views/{id}',
        'GET /camera/status',
        'GET /health',
        'GET /hls/{camera}/{file}',
        'GET /live/record/status',
        'GET /live/status',
        'GET /live/stream',
        'GET /live/{camera}/stream',
        'GET /metrics',
        'GET /ready',
        'PATCH /api/v1/cameras/{id}',
        'PATCH /api/v1/settings',
        'PATCH /api/v1/views/{id}',
        'POST /api/cameras',
        'POST /api/cameras/',
        'POST /api/v1/cameras',
        'POST /api/v1/cameras/import',
        'POST /api/v1/cameras/probe',
        'POST /api/v1/cameras/{id}/recording',
        'POST /api/v1/cameras/{id}/trigger',
        'POST /api/v1/holds',
        'POST /api/v1/storage/forecast',
        'POST /api/v1/views',
        'POST /cameras/provision',
        'POST /live/record/start',
        'POST /live/record/stop',
        'POST /live/start',
        'POST /live/stop',
        'PUT /api/v1/cameras',
      ],
    );
  });

  test('of a server with accounts has people, too', () => {
    const names = operations().map(([name]) => name);
    assert.deepEqual(
      operations(withPeople)
        .map(([name]) => name)
        .filter((name) => !name.startsWith('HEAD') && !names.includes(name))
        .toSorted(),
      [
        'DELETE /api/v1/account/sessions',
        'DELETE /api/v1/account/sessions/{sessionId}',
        'DELETE /api/v1/session',
        'DELETE /api/v1/users/{userId}',
        'DELETE /api/v1/users/{userId}/sessions',
        'GET /api/v1/account/sessions',
        'GET /api/v1/audit',
        'GET /api/v1/users',
        'GET /api/v1/users/{userId}',
        'GET /api/v1/users/{userId}/sessions',
        'PATCH /api/v1/users/{userId}',
        'POST /api/v1/session',
        'POST /api/v1/setup',
        'POST /api/v1/users',
        'PUT /api/v1/account/password',
      ],
    );
  });

  test('explains every operation, its good answer and its refusals', () => {
    const tags = document.tags.map(({ name }) => name);
    for (const [name, { summary, responses, tags: own = [] }] of operations(withPeople)) {
      assert.ok(summary, name);
      assert.ok(own.length > 0 && own.every((tag) => tags.includes(tag)), name);
      const statuses = Object.keys(responses);
      assert.ok(
        statuses.some((status) => status.startsWith('2')),
        name,
      );
      assert.ok(statuses.includes('421') && statuses.includes('500'), name);
      for (const [status, { description, content }] of Object.entries(responses)) {
        assert.ok(description, `${name} ${status}`);
        if (status !== '204' && status !== '304')
          assert.ok(Object.values(content ?? {})[0]?.schema, `${name} ${status}`);
        if (Number(status) >= 400 && name !== 'GET /ready') {
          assert.deepEqual(Object.keys(content ?? {}), ['application/problem+json'], `${name} ${status}`);
        }
      }
    }
  });

  test('declares every parameter of every path', () => {
    for (const [name, { parameters = [] }, path] of operations()) {
      const wanted = Array.from(path.matchAll(/\{(\w+)\}/g), ([, parameter = '']) => parameter).toSorted();
      const declared = parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      assert.deepEqual(declared.toSorted(), wanted, name);
    }
  });

  test('points nowhere that is not there', () => {
    const text = JSON.stringify(document);
    for (const [, pointer = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = pointer
        .split('/')
        .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], document);
      assert.ok(target, pointer);
    }
  });

  test('describes the answers that are really given', async () => {
    const created = await ask(api.port, '/api/v1/cameras', {
      method: 'POST',
      body: { name: 'x', source: { kind: 'demo' } },
    });
    schemaOf('post', '/api/v1/cameras', 201).parse(created.json);
    schemaOf('get', '/api/v1/cameras', 200).parse((await ask(api.port, '/api/v1/cameras')).json);
    schemaOf('get', '/api/v1/system', 200).parse((await ask(api.port, '/api/v1/system')).json);
    const refused = await ask(api.port, '/api/v1/cameras', { method: 'POST', body: {} });
    schemaOf('post', '/api/v1/cameras', 400).parse(refused.json);
    const camera = schemaOf('post', '/api/v1/cameras', 201);
    assert.equal(camera.safeParse({ ...(created.json as object), maxReaders: 'many' }).success, false);
    assert.ok(JSON.stringify(document).includes(JSON.stringify(cameraStateSchema.options)));
  });
});

describe('the page of the API', () => {
  test('comes from here and needs nothing from elsewhere', async () => {
    const page = await ask(api.port, '/api/docs/');
    assert.equal(page.status, 200);
    const addresses = Array.from(
      page.text.matchAll(/(?:src|href)="([^"]+)"/g),
      ([, address = '']) => address,
    );
    assert.ok(addresses.length > 3);
    for (const address of addresses) {
      const path = new URL(address, 'http://localhost/api/docs/').pathname;
      assert.equal((await ask(api.port, path)).status, 200, path);
    }
    assert.doesNotMatch(page.text, /<script>|onload=|style="/);
    const start = await ask(api.port, '/api/docs/static/swagger-initializer.js');
    assert.match(start.text, /"?validatorUrl"?:\s*null/);
  });
});
