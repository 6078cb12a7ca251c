/**
 * What the API can be told at start-up; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';
import { createUsersOption, defaultRoleOption, roleMapOption } from '../accounts/options.ts';
import { setting, systemSetting } from '../base/setting.ts';
import { networkSchema } from '../io/net/options.ts';
import { cameraCreateSchema, cameraDeclarationSchema } from './contract/cameras.ts';

const loopbackHosts: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

export function isLoopbackHost(host: string): boolean {
  return loopbackHosts.includes(host);
}

export const hostOption = z
  .string()
  .min(1)
  .default('127.0.0.1')
  .meta({
    description:
      'Address to listen on without encryption. On another than 127.0.0.1, ::1 and localhost, machines of the network ' +
      'are led to https, and refused where that is off; see `https`, `proxy` and `allowPlainHttp`',
  });

export const portOption = z
  .int()
  .min(0)
  .max(65_535)
  .default(8080)
  .meta({ description: 'TCP port of the dashboard and the API; 0 lets the system choose a free one' });

/** A household, a company and their proxies; each is compared with every name that is asked for. */
const maxPublicNames = 100;
/** Proxies of a cluster, by networks. */
const maxTrustedProxies = 100;

export const publicNamesOption = z
  .array(
    z
      .string()
      .regex(/^[\w.-]{1,253}$/, { error: 'must be a name without a port, for example cams.example.org' }),
  )
  .max(maxPublicNames)
  .default([])
  .meta({
    description:
      'Names that people reach this server by, besides its addresses, `localhost`, its own name and those of its ' +
      'certificate; requests for any other name are refused, because a page of another site could have sent them',
  });

export const allowPlainHttpOption = z
  .boolean()
  .default(false)
  .meta({
    description:
      'Answer other machines without encryption, too. Whoever is on that network can then read passwords and pictures: ' +
      'only for a network of machines that you trust',
  });

/** RFC 9110, 5.6.2. Not `_`: some servers cannot tell it from `-`. */
const headerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,60}$/i, { error: 'must be the name of a header, for example remote-user' })
  .transform((name) => name.toLowerCase());

export const proxyOption = z
  .strictObject({
    trusted: z
      .array(networkSchema)
      .max(maxTrustedProxies)
      .default([])
      .meta({
        description:
          'Addresses and networks of reverse proxies. Only they are believed whom they speak for: ' +
          'from everybody else such headers are not looked at',
      }),
    headers: z.enum(['x-forwarded', 'forwarded']).default('x-forwarded').meta({
      description:
        'What those proxies write: `x-forwarded-for`, `-proto` and `-host`, or `forwarded` (RFC 7239)',
    }),
    userHeader: headerName.optional().meta({
      description:
        'Header in which those proxies say who is signed in, for example `remote-user` or `x-forwarded-user`; they must ' +
        'take it out of what clients send. When absent, no such header is looked at',
    }),
    roleHeader: headerName.optional().meta({
      description:
        'Header with the groups of that person, with commas between, for example `remote-groups`; when absent, roles are ' +
        'given here',
    }),
    roleMap: roleMapOption,
    defaultRole: defaultRoleOption,
    createUsers: createUsersOption,
    secret: z
      .string()
      .min(16)
      .max(200)
      .optional()
      .meta({
        description:
          'Has to stand in the header `x-sightline-proxy-secret` beside the name, so that other programs on the machine of ' +
          'the proxy cannot say who they are',
      }),
  })
  .refine(({ userHeader, trusted }) => userHeader === undefined || trusted.length > 0, {
    path: ['userHeader'],
    error: 'is believed of proxies in `proxy.trusted` only, and that is empty',
  })
  .prefault({})
  .meta({ description: 'Reverse proxies in front; see docs/reference/behind-a-proxy.md' });

export const basePathOption = z
  .string()
  .regex(/^(\/[\w-]+(\.[\w-]+)*)*$/, { error: 'must be like /cams: with a slash before, none after' })
  .max(200)
  .default('')
  .meta({
    description:
      'Where the proxy shows this server when that is not the root of the site, for example `/cams`',
  });

export const rateLimitOption = z
  .int()
  .min(0)
  .max(1_000_000)
  .default(1200)
  .meta({
    description:
      'Requests of the API that one user, key or address may make in a minute; 0 for any number. Pictures, recordings and ' +
      'events are not counted',
  });

/** More pages than any owner names; each request of a page is looked up. */
const maxEmbedOrigins = 100;

const origins = z
  .array(
    z.string().refine((origin) => URL.canParse(origin) && new URL(origin).origin === origin, {
      error: 'must be the origin of a site, for example https://home.example:8123, without a path',
    }),
  )
  .max(maxEmbedOrigins);

export const embedOriginsOption = origins.default([]).meta({
  description:
    'Other sites whose pages may show live pictures in every way there is, for example ' +
    '`http://homeassistant.local:8123`. Pages of all other sites get HLS only',
});

/** One line each in a database that is read at every start; the dashboard shows them on one page. */
const maxDeclaredCameras = 1000;

export const camerasOption = z
  .array(cameraDeclarationSchema)
  .max(maxDeclaredCameras)
  .default([])
  .meta({
    description:
      'Cameras, found by `externalId` or name, which are made so at every start. What is given here cannot be ' +
      'changed in the dashboard; what is absent can. A camera that is taken out stays, with its footage, and is free',
  });

const forNewCameras = {
  ...systemSetting,
  scope: 'server',
  group: 'New cameras',
  effect: 'at-once',
  effectNote: 'Cameras that are there already keep theirs.',
} as const;
const { closeAfterMs, maxReaders, start } = cameraCreateSchema.shape;

/** What may be changed while it runs. */
export const apiSettings = {
  embedOrigins: setting({
    ...systemSetting,
    schema: origins,
    default: [],
    scope: 'server',
    group: 'Network',
    title: 'Sites that may show pictures',
    description:
      'Other sites whose pages may show live pictures in every way there is, for example ' +
      'http://homeassistant.local:8123. Pages of all other sites get HLS only.',
    effect: 'at-once',
    startup: ['embedOrigins'],
  }),
  newCameraStart: setting({
    ...forNewCameras,
    schema: start.unwrap(),
    default: 'on-demand',
    title: 'Connection',
    description:
      '`on-demand`: connect for the first viewer. `always`: stay connected, so the picture starts at once.',
  }),
  newCameraCloseAfterMs: setting({
    ...forNewCameras,
    schema: closeAfterMs.unwrap(),
    default: 10_000,
    unit: 'ms',
    title: 'Close after',
    description: 'On demand: stay connected so long after the last viewer left.',
  }),
  newCameraMaxReaders: setting({
    ...forNewCameras,
    schema: maxReaders.unwrap(),
    default: 0,
    title: 'Most viewers',
    description: 'Of each source at one time; 0 means no limit.',
  }),
} as const;
