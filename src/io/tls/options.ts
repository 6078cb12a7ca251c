/**
 * What can be set about https at start-up; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';
import { setting, systemSetting } from '../../base/setting.ts';

/** More names than one server is known by; each is asked about when a certificate is ordered. */
const maxDomains = 50;
const domainForm = /^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z][a-z\d-]*[a-z\d]$/i;

/** Let's Encrypt (its documentation, “ACME protocol”). */
const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory';

const tcpPort = z.int().min(0).max(65_535);

const acmeOption = z
  .strictObject({
    domains: z
      .array(
        z
          .string()
          .regex(domainForm, { error: 'must be a name that the internet knows, such as cams.example.org' }),
      )
      .min(1)
      .max(maxDomains)
      .meta({ description: 'Names of this server on the internet' }),
    email: z.email().optional().meta({ description: 'The authority writes there before a certificate ends' }),
    agreeToTerms: z
      .literal(true, {
        error: 'must be true: the authority issues nothing to who does not agree to its terms',
      })
      .meta({ description: 'You have read the terms of the authority and agree to them' }),
    directoryUrl: z
      .url({ protocol: /^https$/ })
      .default(letsEncrypt)
      .meta({
        description: 'Whom to ask for certificates (ACME, RFC 8555)',
      }),
    directoryAuthority: z.string().min(1).optional().meta({
      description: 'PEM file of who has signed the certificate of that address, for an authority of your own',
    }),
    challengePort: tcpPort.default(80).meta({
      description:
        'Where the authority finds proof that the names are yours; it asks at port 80, which a router may lead here',
    }),
  })
  .meta({ description: 'Certificates that are ordered and renewed by themselves (ACME)' });

export const httpsOption = z
  .strictObject({
    enabled: z.boolean().default(false).meta({
      description: 'Listen for encrypted connections; without files and `acme` with a certificate made here',
    }),
    host: z.string().min(1).optional().meta({
      description: 'Address to listen on; all, IPv4 and IPv6, when absent',
    }),
    port: tcpPort.default(8443).meta({ description: 'TCP port; 0 lets the system choose a free one' }),
    certificate: z.string().min(1).optional().meta({
      description:
        'PEM file: the certificate of the server, then those that have signed it; a renewed one is used at once',
    }),
    key: z.string().min(1).optional().meta({ description: 'PEM file of its key, without a password' }),
    acme: acmeOption.optional(),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    path: ['key'],
    error: '`certificate` and `key` go together',
  })
  .refine(({ certificate, acme }) => certificate === undefined || acme === undefined, {
    path: ['acme'],
    error: 'either files of your own or `acme`',
  })
  .prefault({})
  .meta({ description: 'Encrypted connections, for every machine but this one' });

/** What may be changed while it runs. */
export const httpsSettings = {
  httpsEnabled: setting({
    ...systemSetting,
    schema: z.boolean(),
    default: false,
    scope: 'server',
    group: 'Network',
    title: 'Encrypted connections (https)',
    description:
      'Machines of the network reach this server encrypted, and only so, unless plain HTTP is allowed.',
    effect: 'at-once',
    effectNote: 'Switching it off ends the connections of whoever watches over https.',
    startup: ['https', 'enabled'],
  }),
  httpsPort: setting({
    ...systemSetting,
    schema: tcpPort,
    default: 8443,
    scope: 'server',
    group: 'Network',
    title: 'Port of https',
    description: 'TCP port for encrypted connections; 0 lets the system choose a free one.',
    effect: 'reconnects-viewers',
    effectNote: 'Whoever watches over https has to open the new address.',
    startup: ['https', 'port'],
  }),
};

export type HttpsOptions = z.infer<typeof httpsOption>;
export type AcmeOptions = z.infer<typeof acmeOption>;
