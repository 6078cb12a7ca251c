/**
 * What can be set for parts that are too low in the house to know of settings: the log, and the gate of addresses.
 */
import { z } from 'zod';
import { setting, systemSetting } from '../base/setting.ts';
import { logLevels } from '../io/log.ts';
import { networkSchema } from '../io/net/options.ts';

/** More rules than anyone keeps in a file; each is checked at every connection. */
const maxAllowedNetworks = 100;

const networks = z.array(networkSchema).max(maxAllowedNetworks);
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
