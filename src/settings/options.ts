/**
 * What can be set for parts that are too low in the house to know of settings: the log, and the gate of addresses.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { setting, systemSetting } from '../base/setting.ts';
import { logLevels } from '../io/log.ts';

/** More rules than anyone keeps in a file; each is checked at every connection. */
const maxAllowedNetworks = 100;

const networks = z
  .array(
    z.string().refine(isNetwork, {
      error: 'must be an address or a network, for example 192.168.1.20 or 10.0.0.0/8',
    }),
  )
  .max(maxAllowedNetworks);
const level = z.enum(logLevels);

export const networkOption = z
  .strictObject({
    allow: networks.default([]).meta({
      description:
        'Addresses and networks of cameras that are refused otherwise: loopback, link-local and cloud metadata',
    }),
  })
  .prefault({})
  .meta({ description: 'Which camera addresses may be connected to' });

export const logOption = z
  .strictObject({
    level: level.default('info').meta({ description: 'Lines below this level are not written' }),
    format: z
      .enum(['lines', 'json'])
      .default('lines')
      .meta({ description: '`lines` for people, `json` for machines' }),
  })
  .prefault({})
  .meta({ description: 'The log, on standard error' });

/** What may be changed while it runs. */
export const ownSettings = {
  networkAllow: setting({
    ...systemSetting,
    schema: networks,
    default: [],
    scope: 'server',
    group: 'Network',
    title: 'Camera addresses that are allowed in addition',
    description:
      'Addresses and networks that are refused otherwise: loopback, link-local and cloud metadata. For example 10.0.0.0/8.',
    effect: 'at-once',
    effectNote: 'Cameras that are connected stay so; each next connection asks again.',
    startup: ['network', 'allow'],
  }),
  logLevel: setting({
    ...systemSetting,
    schema: level,
    default: 'info',
    scope: 'server',
    group: 'Log',
    title: 'Level',
    description: 'Lines below it are not written.',
    effect: 'at-once',
    startup: ['log', 'level'],
  }),
} as const;

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}
