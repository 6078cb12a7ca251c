/**
 * What the API can be told at start-up; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';
import { cameraCreateSchema } from './contract/cameras.ts';

const loopbackHosts: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export function isLoopbackHost(host: string): boolean {
  return loopbackHosts.includes(host);
}

export const hostOption = z
  .string()
  .refine((host) => loopbackHosts.includes(host), {
    error:
      'must be 127.0.0.1, ::1 or localhost: there are no accounts yet, so on any other address everyone who ' +
      'reaches it could watch and change the cameras. To watch from another machine use an SSH tunnel: ' +
      'ssh -L 8080:127.0.0.1:8080 <this machine>',
  })
  .default('127.0.0.1')
  .meta({ description: 'Address to listen on: 127.0.0.1, ::1 or localhost, until there are accounts' });

export const portOption = z
  .int()
  .min(0)
  .max(65_535)
  .default(8080)
  .meta({ description: 'TCP port of the dashboard and the API; 0 lets the system choose a free one' });

/** More pages than any owner names; each request of a page is looked up. */
const maxEmbedOrigins = 100;

export const embedOriginsOption = z
  .array(
    z.string().refine((origin) => URL.canParse(origin) && new URL(origin).origin === origin, {
      error: 'must be the origin of a site, for example https://home.example:8123, without a path',
    }),
  )
  .max(maxEmbedOrigins)
  .default([])
  .meta({
    description:
      'Other sites whose pages may show live pictures in every way there is, for example ' +
      '`http://homeassistant.local:8123`. Pages of all other sites get HLS only',
  });

/** One line each in a database that is read at every start; the dashboard shows them on one page. */
const maxDeclaredCameras = 1000;

export const camerasOption = z
  .array(cameraCreateSchema)
  .max(maxDeclaredCameras)
  .default([])
  .meta({
    description:
      'Cameras to create when no camera was declared under that name before. Existing ones are never overwritten: ' +
      'change them in the dashboard',
  });
