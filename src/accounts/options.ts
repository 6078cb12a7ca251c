/**
 * What can be set about accounts at start-up; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';
import { roles } from './access.ts';

export const accountsOption = z.boolean().default(true).meta({
  description:
    'Whether people sign in. `false`: whoever reaches the server may do everything; only for a loopback `host`, and not behind a proxy',
});

/** Groups of one company that stand for one role here. */
const maxGroupsPerRole = 50;
const groupSchema = z.string().min(1).max(200);
const groupsSchema = z.array(groupSchema).max(maxGroupsPerRole).default([]);

/** Shared by all ways of signing in elsewhere. */
export const roleMapOption = z
  .strictObject({ admin: groupsSchema, operator: groupsSchema, viewer: groupsSchema })
  .prefault({})
  .meta({ description: 'Values elsewhere that make somebody one of these here; the highest role counts' });

export const createUsersOption = z.boolean().default(false).meta({
  description:
    'Make an account, without any grants, for whoever comes from there and has none; else only known people come in',
});

export const defaultRoleOption = z
  .enum(roles)
  .optional()
  .meta({
    description:
      'Role where no value fits; when absent, nobody without a fitting value comes in. New people whose role is not ' +
      'said elsewhere are viewers',
  });

/** Plain http tells everybody in between who signs in: it is for a provider on this machine, as tests have one. */
export function isLoopbackUrl(url: URL): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
}

const issuerSchema = z
  .string()
  .max(500)
  .refine((text) => URL.canParse(text) && isSafe(new URL(text)), {
    error: 'must be an https address, as the provider states it (http only on this machine), without ? and #',
  });

function isSafe(url: URL): boolean {
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackUrl(url));
}

export const oidcOption = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .meta({ description: 'What people call it: the sign-in page says `Sign in with …`' }),
    issuer: issuerSchema.meta({
      description:
        'Address of the provider, to the letter as it calls itself; its settings are found below it',
    }),
    clientId: z.string().min(1).max(500).meta({ description: 'Name of this server at the provider' }),
    clientSecret: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .meta({ description: 'Its secret there; absent for a public client' }),
    clientSecretFile: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'File that has the secret, instead of `clientSecret`' }),
    scopes: z
      .array(
        z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, { error: 'must be a scope without spaces' }),
      )
      .max(20)
      .default(['openid', 'profile', 'email'])
      .meta({ description: 'What is asked for; `openid` always is' }),
    createUsers: createUsersOption,
    linkByName: z
      .boolean()
      .default(false)
      .meta({
        description:
          'Let in whose verified e-mail address, or name with one, is the name of an account here, and link the two. Only ' +
          'for a provider where people cannot choose these themselves: else they choose whose account they get',
      }),
    roleClaim: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({
        description:
          'Claim that says the role, for example `groups` or `realm_access.roles`; applied at each sign-in. Absent: ' +
          'roles are given here',
      }),
    roleMap: roleMapOption,
    defaultRole: defaultRoleOption,
  })
  .refine(
    ({ clientSecret, clientSecretFile }) => clientSecret === undefined || clientSecretFile === undefined,
    {
      path: ['clientSecretFile'],
      error: 'stands beside `clientSecret`: give one of the two',
    },
  )
  .optional()
  .meta({ description: 'Sign-in with OpenID Connect; see docs/reference/sign-in-elsewhere.md' });

export type OidcOptions = NonNullable<z.infer<typeof oidcOption>>;
