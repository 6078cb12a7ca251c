/**
 * `/api/v1/keys` and `/api/v1/devices`: API keys of users, and accounts of recorders and other devices.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { always, badRequest, missing, tooMany } from '../answers.ts';
import { noteForAudit } from '../audit.ts';
import {
  apiKeyCreateSchema,
  apiKeyMadeSchema,
  apiKeySchema,
  deviceAccountSchema,
  deviceCreateSchema,
  deviceMadeSchema,
} from '../contract/accounts.ts';
import type { MachinesApi } from '../machines.ts';
import { deviceAnswer, keyAnswer, noSuchThing, refuseTooMany, whoseThings } from '../machines.ts';
import { problem, sendProblem } from '../problems.ts';

const tags = ['accounts'];
const done = z.undefined().meta({ description: 'Deleted; what it began ends' });
type App = Parameters<FastifyPluginAsyncZod>[0];

export function keyRoutes(machines: MachinesApi): FastifyPluginAsyncZod {
  return async (app) => {
    apiKeyRoutes(app, machines);
    deviceRoutes(app, machines);
  };
}

function apiKeyRoutes(app: App, machines: MachinesApi): void {
  const { keys } = machines;
  app.get('/keys', {
    config: { action: 'key.list' },
    schema: {
      tags,
      summary: 'Your API keys; for administrators those of everybody',
      response: { 200: z.array(apiKeySchema), ...always },
    },
    handler: async ({ principal }) =>
      keys.list(whoseThings(principal)).map((key) => keyAnswer(machines, key)),
  });
  app.post('/keys', {
    config: { action: 'key.change' },
    schema: {
      tags,
      summary: 'Make an API key that acts in your name; it is shown this once',
      body: apiKeyCreateSchema,
      response: { 201: apiKeyMadeSchema, 400: badRequest, 409: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const made = await keys.create(request.principal, request.body);
      if (!made.ok) {
        if (made.error === 'too-many') return refuseTooMany(reply, 'API keys');
        return sendProblem(reply, noScopes);
      }
      const { entry, key } = made.value;
      noteForAudit(request, { target: entry.id, detail: entry.name });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...keyAnswer(machines, entry), key });
    },
  });
  app.delete('/keys/:keyId', {
    config: { action: 'key.change' },
    schema: {
      tags,
      summary: 'Delete an API key',
      params: z.object({ keyId: z.string() }),
      response: { 204: done, 404: missing, ...always },
    },
    handler: async (request, reply) => {
      const key = keys.get(request.params.keyId);
      const owner = whoseThings(request.principal);
      if (!key || (owner ?? key.userId) !== key.userId) return sendProblem(reply, noSuchThing);
      noteForAudit(request, { detail: key.name });
      await keys.delete(key.id);
      return reply.code(204).send();
    },
  });
}

const noScopes = problem(
  400,
  'no-scopes',
  'None of these scopes is yours to give: a key never may more than who makes it.',
);
const nameTaken = problem(409, 'name-taken', 'Another device account has this name.');
const nameDeclared = problem(
  409,
  'name-declared',
  'The configuration file has an account of this name, under `rtsp.users`, and that one comes first. Take another name.',
);

function deviceRoutes(app: App, { devices }: MachinesApi): void {
  app.get('/devices', {
    config: { action: 'device.list' },
    schema: {
      tags,
      summary: 'Accounts of devices, for RTSP',
      response: { 200: z.array(deviceAccountSchema), ...always },
    },
    handler: async () => devices.list().map(deviceAnswer),
  });
  app.post('/devices', {
    config: { action: 'device.change' },
    schema: {
      tags,
      summary: 'Make an account for a device; its password is shown this once',
      body: deviceCreateSchema,
      response: { 201: deviceMadeSchema, 400: badRequest, 409: tooMany, ...always },
    },
    handler: async (request, reply) => {
      const made = await devices.create(request.body);
      if (!made.ok) {
        if (made.error === 'too-many') return refuseTooMany(reply, 'device accounts');
        return sendProblem(reply, made.error === 'taken' ? nameTaken : nameDeclared);
      }
      const { entry, password } = made.value;
      noteForAudit(request, { target: entry.id, detail: entry.name });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...deviceAnswer(entry), password });
    },
  });
  app.delete('/devices/:deviceId', {
    config: { action: 'device.change' },
    schema: {
      tags,
      summary: 'Delete the account of a device',
      params: z.object({ deviceId: z.string() }),
      response: { 204: done, 404: missing, ...always },
    },
    handler: async (request, reply) => {
      const deleted = await devices.delete(request.params.deviceId);
      if (!deleted) return sendProblem(reply, noSuchThing);
      noteForAudit(request, { detail: deleted.name });
      return reply.code(204).send();
    },
  });
}
