/**
 * `POST /api/v1/storage/test`: writes, syncs, reads back and deletes a small file on each volume.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { always } from '../answers.ts';
import type { VolumeTest } from '../contract/storage-test.ts';
import { storageTestSchema } from '../contract/storage-test.ts';

/** @param test whoever asks while one is under way is told what comes out of it */
export function storageTestRoutes(test: () => Promise<readonly VolumeTest[]>): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/storage/test', {
      config: { action: 'storage.test' },
      schema: {
        tags: ['storage'],
        summary: 'Try every volume: can it be written to, how fast, how much room is there',
        response: { 200: storageTestSchema, ...always },
      },
      handler: async (_request, reply) =>
        reply.header('cache-control', 'no-store').send({ volumes: [...(await test())] }),
    });
  };
}
