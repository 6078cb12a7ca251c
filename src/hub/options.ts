/**
 * What can be set for streams; joined into the settings by `settings/schema.ts`.
 */
import { z } from 'zod';
import { mediaSetting, setting, systemSetting } from '../base/setting.ts';

const count = z.int().min(0).max(1_000_000);

export const healthOption = z
  .strictObject({
    maxDrops: count.default(100).meta({
      description: 'Frames kept from slow viewers within a minute; a stream with more is called fair',
    }),
    maxErrors: count.default(10).meta({
      description:
        'Damaged frames, lost connections and failed answers to viewers within a minute; a stream with more is called fair',
    }),
    stalledWithReaders: z.boolean().default(true).meta({
      description: 'A stream whose picture stands still while somebody watches is called bad; otherwise fair',
    }),
  })
  .prefault({})
  .meta({ description: 'When a stream is called unhealthy' });

export type HealthRules = z.infer<typeof healthOption>;

const healthSetting = { ...systemSetting, scope: 'server', group: 'Health', effect: 'at-once' } as const;

/** What may be changed while it runs. */
export const hubSettings = {
  streamLatencyMode: setting({
    ...mediaSetting,
    schema: z.enum(['low', 'normal', 'high']),
    default: 'low',
    scope: 'both',
    group: 'Picture',
    title: 'Latency',
    description:
      'How much delay viewers accept, so that a poor network does not show: about 100, 500 or 2000 ms from the ' +
      'camera to the screen.',
    effect: 'new-viewers',
    effectNote: 'Players that show pictures now keep their delay until they begin anew.',
  }),
  healthMaxDrops: setting({
    ...healthSetting,
    schema: count,
    default: 100,
    title: 'Frames kept from slow viewers',
    description: 'Within a minute; a stream with more is called fair.',
    startup: ['health', 'maxDrops'],
  }),
  healthMaxErrors: setting({
    ...healthSetting,
    schema: count,
    default: 10,
    title: 'Errors',
    description:
      'Damaged frames, lost connections and failed answers to viewers within a minute; a stream with more is called fair.',
    startup: ['health', 'maxErrors'],
  }),
  healthStalledWithReaders: setting({
    ...healthSetting,
    schema: z.boolean(),
    default: true,
    title: 'A still picture is bad while somebody watches',
    description: 'Off, a stream whose picture stands still is called fair in any case.',
    startup: ['health', 'stalledWithReaders'],
  }),
} as const;
