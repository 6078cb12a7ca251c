/**
 * The OpenAPI 3.1 document at `/api/v1/openapi.json`, and a page to read it at `/api/docs`, served from here.
 */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { version } from '../base/version.ts';
import { actionForAll } from './policy.ts';

/** Before the routes it shall describe. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Sightline',
        version,
        description:
          'Errors are problem details (RFC 9457): test `code`, show `detail`. Times that end in Ms are Unix milliseconds.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'cameras', description: 'Cameras and their sources' },
        { name: 'media', description: 'Live video' },
        { name: 'recording', description: 'Start, stop and triggers' },
        { name: 'playback', description: 'Recorded video' },
        { name: 'views', description: 'Saved arrangements of cameras' },
        { name: 'storage', description: 'What is kept, how long, and what was deleted' },
        { name: 'clips', description: 'Remote clients and the clips they upload' },
        { name: 'accounts', description: 'Signing in, people, what acts in their name, and who did what' },
        { name: 'settings', description: 'What can be changed while the server runs' },
        { name: 'events', description: 'Changes as they happen' },
        { name: 'system', description: 'The server itself' },
      ],
      servers: [{ url: '/' }],
    },
    transform: jsonSchemaTransform,
  });
  await app.register(async (docs) => {
    actionForAll(docs, 'docs.read');
    docs.get('/api/v1/openapi.json', { schema: { hide: true } }, () => app.swagger());
    await docs.register(swaggerUi, {
      routePrefix: '/api/docs',
      // The page of the package asks an outside server to validate the document unless told not to.
      uiConfig: { validatorUrl: null, docExpansion: 'list' },
      theme: {
        title: 'Sightline API',
        css: [{ filename: 'page.css', content: '.topbar { display: none }' }],
      },
    });
  });
}
