/**
 * How this server is reached: addresses, the encrypted port and its certificate.
 */
import { z } from 'zod';

const moment = z.number().meta({ description: 'Unix ms' });
const fingerprint = z
  .string()
  .meta({ description: 'SHA-256, as browsers show it: pairs of hexadecimal digits' });

const certificateReportSchema = z.object({
  kind: z
    .enum(['self-signed', 'files', 'acme'])
    .meta({ description: 'Made here, from files of the owner, or ordered from an authority' }),
  names: z.array(z.string()),
  fingerprint,
  issuer: z.string(),
  fromMs: moment,
  untilMs: moment,
  trusted: z.boolean().meta({ description: 'Browsers open the page without a warning' }),
  problem: z.string().nullable().meta({ description: 'What is wrong, in a sentence; null: nothing' }),
  authority: z
    .object({ certificate: z.string().meta({ description: 'PEM' }), fingerprint })
    .nullable()
    .meta({ description: 'What a browser may be told to trust; null unless the certificate was made here' }),
});
export type CertificateReport = z.infer<typeof certificateReportSchema>;

export const networkReportSchema = z.object({
  https: z.object({
    state: z.enum(['off', 'on', 'failed']),
    port: z.int().nullable(),
    problem: z.string().nullable().meta({ description: 'Why it does not listen, in a sentence' }),
    certificate: certificateReportSchema
      .nullable()
      .meta({ description: 'Null until https is first switched on' }),
  }),
  http: z.object({
    host: z.string(),
    port: z.int(),
    otherMachines: z
      .enum(['served', 'led-to-https', 'refused', 'not-reached'])
      .meta({ description: 'What happens to who comes from another machine' }),
  }),
  addresses: z.array(z.object({ url: z.string(), secure: z.boolean(), name: z.boolean() })).meta({
    description: 'To open on other machines, the best first; empty when none can reach this server',
  }),
});
export type NetworkReport = z.infer<typeof networkReportSchema>;
