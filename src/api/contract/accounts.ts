/**
 * Who may do what, as the API shows it: signing in, people, keys, devices, links, and the audit log.
 * Secrets are in the one answer that makes them, and in no other.
 */
import { z } from 'zod';
import { cameraIdSchema } from './cameras.ts';

const rightSchema = z.enum(['live', 'playback', 'export', 'ptz', 'settings', 'publish']).meta({
  description: 'What one may do with a camera; `publish`: send its pictures',
});
export const roleSchema = z.enum(['viewer', 'operator', 'admin']);
const permissionSchema = z.enum(['media:read', 'media:write', 'system:read', 'system:write', 'metrics:read']);

/** More than one server has cameras. */
const maxGrantedCameras = 2000;
const rightsSchema = z.array(rightSchema).max(rightSchema.options.length);

const grantsSchema = z.strictObject({
  every: rightsSchema.default([]).meta({ description: 'On every camera, those to come included' }),
  cameras: z
    .record(cameraIdSchema, rightsSchema)
    .refine((cameras) => Object.keys(cameras).length <= maxGrantedCameras, {
      error: `at most ${maxGrantedCameras} cameras`,
    })
    .default({})
    .meta({ description: 'More on some cameras' }),
});

/** Shown beside what somebody did: no control characters, nothing that looks like markup is a reason to refuse. */
const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((name) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(name), {
    error: 'must not hold control or invisible characters',
  });

export const passwordSchema = z
  .string()
  .min(12, 'must have at least 12 characters: a few words are easy to keep in mind')
  .max(200);

const momentSchema = z.number().meta({ description: 'Unix ms' });

/** `GET /api/v1/session`: for everybody, whoever asks. */
export const sessionInfoSchema = z.object({
  setUp: z.boolean().meta({ description: 'False until the first administrator exists' }),
  open: z.boolean().meta({ description: 'The server has no accounts: whoever reaches it may do everything' }),
  who: z
    .object({
      kind: z.enum(['local', 'user', 'key', 'device', 'token', 'share']),
      id: z.string(),
      name: z.string(),
      role: roleSchema.nullable(),
      permissions: z.array(permissionSchema),
      grants: grantsSchema,
      sessionId: z.string().nullable(),
      hasPassword: z.boolean(),
      external: z.boolean().meta({ description: 'Linked with a sign-in elsewhere' }),
    })
    .nullable()
    .meta({ description: 'Null: nobody is signed in' }),
  signIn: z.object({
    password: z.boolean(),
    oidc: z
      .object({
        name: z.string(),
        url: z.string(),
        problem: z.string().nullable().meta({
          description: 'Why that does not work now, as the end of a sentence; null: nothing is known',
        }),
      })
      .nullable()
      .meta({ description: 'Where to sign in elsewhere' }),
  }),
});
export type SessionInfo = z.infer<typeof sessionInfoSchema>;

export const setupSchema = z.strictObject({
  token: z.string().max(200).meta({ description: 'From the link that the server printed when it started' }),
  name: nameSchema,
  password: passwordSchema,
});

export const signInSchema = z.strictObject({ name: z.string().max(100), password: z.string().max(200) });

/** What a page is told, in `?fault=`, when signing in elsewhere did not work. */
export type OidcFaultCode =
  | 'provider'
  | 'expired'
  | 'mismatch'
  | 'denied'
  | 'clock'
  | 'unknown-user'
  | 'disabled'
  | 'no-role'
  | 'name-taken'
  | 'too-many'
  | 'linked-already';

export const oidcLinkSchema = z.strictObject({
  to: z.string().max(500).default('/account').meta({ description: 'Page of ours to come back to' }),
});
export const oidcLinkStartedSchema = z.object({
  url: z.string().meta({ description: 'Where the browser has to go: a page of the provider' }),
});

/** A browser that is signed in. */
export const sessionSchema = z.object({
  id: z.string(),
  userId: z.string(),
  method: z.enum(['password', 'oidc', 'setup', 'proxy']),
  address: z.string(),
  client: z.string().meta({ description: 'User agent' }),
  createdMs: momentSchema,
  seenMs: momentSchema,
  expiresMs: momentSchema,
  current: z.boolean().meta({ description: 'The one that asks' }),
});
export type Session = z.infer<typeof sessionSchema>;

export const passwordChangeSchema = z.strictObject({
  current: z.string().max(200),
  password: passwordSchema,
});

export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  grants: grantsSchema,
  disabled: z.boolean(),
  hasPassword: z.boolean(),
  external: z.boolean().meta({ description: 'Signs in with OpenID Connect' }),
  createdMs: momentSchema,
  changedMs: momentSchema,
  signedInMs: momentSchema.nullable(),
  sessions: z.int(),
});
export type User = z.infer<typeof userSchema>;

const externalSchema = z
  .string()
  .min(1)
  .max(255)
  .meta({ description: 'Subject (`sub`) at the provider of OpenID Connect that this server is set up with' });

export const userCreateSchema = z.strictObject({
  name: nameSchema,
  password: passwordSchema.optional().meta({ description: 'Absent: signs in elsewhere only' }),
  external: externalSchema.optional(),
  role: roleSchema,
  grants: grantsSchema.prefault({}),
});
export type UserCreate = z.infer<typeof userCreateSchema>;

export const userChangeSchema = z
  .strictObject({
    name: nameSchema,
    password: passwordSchema.meta({ description: 'Ends all sessions of the user' }),
    role: roleSchema,
    grants: grantsSchema,
    disabled: z.boolean(),
    external: externalSchema.nullable().meta({
      description: 'Subject (`sub`) at the provider of OpenID Connect; null: not linked any more',
    }),
  })
  .partial();
export type UserChange = z.infer<typeof userChangeSchema>;

export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  userId: z.string().meta({ description: 'It never may more than this user' }),
  userName: z.string(),
  scopes: z.array(permissionSchema),
  grants: grantsSchema.nullable().meta({ description: 'Null: as its user' }),
  createdMs: momentSchema,
  expiresMs: momentSchema.nullable(),
  usedMs: momentSchema.nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

export const apiKeyCreateSchema = z.strictObject({
  name: nameSchema,
  scopes: z.array(permissionSchema).min(1).max(permissionSchema.options.length),
  grants: grantsSchema.nullable().default(null),
  expiresMs: momentSchema.nullable().default(null),
});

/** The key itself: `sl_<id>_<secret>`; sent as `Authorization: Bearer`. */
export const apiKeyMadeSchema = apiKeySchema.extend({ key: z.string() });

export const deviceAccountSchema = z.object({
  id: z.string(),
  name: z.string(),
  grants: grantsSchema,
  createdMs: momentSchema,
  usedMs: momentSchema.nullable(),
});
export type DeviceAccount = z.infer<typeof deviceAccountSchema>;

export const deviceCreateSchema = z.strictObject({
  name: nameSchema.regex(
    /^[^":\\]+$/,
    'must not hold a colon, quotes or backslashes: RTSP cannot carry them',
  ),
  grants: grantsSchema,
  password: z.string().min(12).max(100).optional().meta({ description: 'One is made when absent' }),
});

export const deviceMadeSchema = deviceAccountSchema.extend({ password: z.string() });

export const shareLinkSchema = z.object({
  id: z.string(),
  cameraId: cameraIdSchema,
  userId: z.string(),
  userName: z.string(),
  live: z.boolean(),
  fromMs: momentSchema.nullable(),
  toMs: momentSchema.nullable(),
  note: z.string(),
  createdMs: momentSchema,
  expiresMs: momentSchema,
  usedMs: momentSchema.nullable(),
  uses: z.int(),
});
export type ShareLink = z.infer<typeof shareLinkSchema>;

const longestShareMs = 90 * 86_400_000;
const longestShareRangeMs = 86_400_000;

export const shareCreateSchema = z
  .strictObject({
    cameraId: cameraIdSchema,
    live: z.boolean().default(false),
    fromMs: momentSchema.nullable().default(null),
    toMs: momentSchema.nullable().default(null),
    note: z.string().trim().max(200).default(''),
    lastsMs: z.int().min(60_000).max(longestShareMs),
  })
  .refine(({ live, fromMs, toMs }) => live || (fromMs !== null && toMs !== null), {
    error: 'share the live picture, a range, or both',
  })
  .refine(({ fromMs, toMs }) => (fromMs === null) === (toMs === null), {
    error: 'a range has a beginning and an end',
    path: ['toMs'],
  })
  .refine(
    ({ fromMs, toMs }) =>
      fromMs === null || toMs === null || (toMs > fromMs && toMs - fromMs <= longestShareRangeMs),
    { error: 'must be after fromMs, and at most a day', path: ['toMs'] },
  );

/** `url` is relative to the server: `/s/<secret>`. */
export const shareMadeSchema = shareLinkSchema.extend({ url: z.string() });

export const shareOpenSchema = z.strictObject({
  secret: z.string().max(100).meta({ description: 'What the address of the link ends with' }),
});

/** What whoever opened a link sees. */
export const sharedSchema = z.object({
  cameraId: cameraIdSchema,
  cameraName: z.string(),
  live: z.boolean(),
  fromMs: momentSchema.nullable(),
  toMs: momentSchema.nullable(),
  expiresMs: momentSchema,
  token: z.string().meta({ description: 'A media token in the name of the link, for at most a day' }),
});
export type Shared = z.infer<typeof sharedSchema>;

export const mediaTokenCreateSchema = z.strictObject({
  cameraId: cameraIdSchema,
  actions: z
    .array(z.enum(['live', 'playback', 'publish']))
    .min(1)
    .max(3),
  lastsSeconds: z.int().min(10).max(86_400).default(3600),
});
export const mediaTokenSchema = z.object({
  token: z.string().meta({ description: 'JWT, ES256: as `?token=`, as Bearer, or as the password of RTSP' }),
  expiresMs: momentSchema,
});

const auditEntrySchema = z.object({
  id: z.string(),
  atMs: momentSchema,
  actor: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  address: z.string(),
  action: z.string().meta({ example: 'camera.watch' }),
  outcome: z.enum(['done', 'refused']),
  cameraId: z.string().nullable(),
  target: z.string(),
  detail: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditQuerySchema = z.strictObject({
  before: z.string().max(60).optional().meta({ description: 'Id of the last entry of the page before' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  actor: z.string().max(60).optional(),
  action: z.string().max(60).optional(),
  camera: cameraIdSchema.optional(),
  fromMs: z.coerce.number().optional(),
  toMs: z.coerce.number().optional(),
});
export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema).meta({ description: 'The newest first' }),
  next: z.string().nullable().meta({ description: '`before` of the next page; null on the last' }),
});
