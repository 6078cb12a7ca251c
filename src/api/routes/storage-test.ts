/**
 * `POST /api/v1/storage/test`: writes, syncs, reads back and deletes a small file on each volume.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { always, badRequest } from '../answers.ts';
import type { VolumeTest } from '../contract/storage-test.ts';
import { storageTestInputSchema, storageTestSchema } from '../contract/storage-test.ts';

export interface StorageTester {
  /** Whoever asks while one is under way is told what comes out of it. */
  volumes(): Promise<readonly VolumeTest[]>;
  /** A folder that is perhaps to be used; it is left as it was. */
  folder(path: string): Promise<VolumeTest>;
}

export function storageTestRoutes(test: StorageTester): FastifyPluginAsyncZod {
  return async (app) => {
    app.post('/storage/test', {
      config: { action: 'storage.test' },
      schema: {
        tags: ['storage'],
        summary: 'Try every volume, or a folder: can it be written to, how fast, how much room is there',
        body: storageTestInputSchema,
        response: { 200: storageTestSchema, 400: badRequest, 413: badRequest, 415: badRequest, ...always },
      },
      handler: async ({ body }, reply) => {
        const volumes = body ? [await test.folder(body.folder)] : [...(await test.volumes())];
        return reply.header('cache-control', 'no-store').send({ volumes });
      },
    });
  };
}
