/**
 * What can be set for the storage of footage.
 */
import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { setting, systemSetting } from '../base/setting.ts';

/** More disks than one machine holds. */
const maxVolumes = 32;
/** Program and arguments of a command that prints a key. */
const maxCommandWords = 50;
/** Of each volume, when nothing is set. */
const defaultFreeShare = 0.05;
const defaultFreeBytes = 5 * 1024 ** 3;

const volumeSchema = z.strictObject({
  path: z.string().min(1).max(4096).meta({ description: 'Folder; has to exist, but for the default one' }),
});

const folders = z
  .array(
    z
      .string()
      .max(4096)
      .refine((path) => isAbsolute(path) && resolve(path) === path, {
        error: 'must be the whole path of a folder, for example /mnt/disk1/recordings',
      }),
  )
  .max(maxVolumes);
const maxBytes = z.int().min(1);
const minFreeBytes = z.int().min(0);
const verifyBytesPerSecond = z.int().min(0).max(10_000_000_000);

export const storageOption = z
  .strictObject({
    volumes: z.array(volumeSchema).max(maxVolumes).default([]).meta({
      description:
        'Where recordings are kept, one folder for each disk; `<data>/recordings` when empty. Recordings are spread over them',
    }),
    maxBytes: maxBytes.optional().meta({
      description: 'All recordings together; the oldest go when there is more. No limit when absent',
    }),
    minFreeBytes: minFreeBytes.optional().meta({
      description:
        'Kept free on each volume; the oldest recordings go for it. When absent 5 % of the volume, at most 5 GiB',
    }),
    verifyBytesPerSecond: verifyBytesPerSecond.default(4 * 1024 * 1024).meta({
      description: 'How fast stored recordings are read in the background to find damage; 0: not at all',
    }),
    seal: z
      .strictObject({
        enabled: z.boolean().default(false).meta({
          description: 'Whether new recordings are encrypted; what is stored already stays as it is',
        }),
        keyFile: z.string().min(1).max(4096).optional().meta({
          description:
            'File of the master key, mode 0600; `<data>/master.key` when absent, made at the first start with sealing',
        }),
        keyCommand: z
          .array(z.string().min(1).max(4096))
          .min(1)
          .max(maxCommandWords)
          .optional()
          .meta({
            description:
              'Program and arguments that print the master key, used instead of the file; no shell is involved. ' +
              'The environment variable `SIGHTLINE_MASTER_KEY` goes before both',
          }),
      })
      .prefault({})
      .meta({ description: 'Encryption of recordings' }),
  })
  .prefault({})
  .meta({ description: 'Where and how recordings are kept' });

const storageSetting = { ...systemSetting, scope: 'server', group: 'Storage', unit: 'bytes' } as const;
const deletes = 'The oldest recordings are deleted for it within a minute.';

/** What may be changed while it runs. */
export const storageSettings = {
  storageFolders: setting<readonly string[]>({
    ...systemSetting,
    schema: folders,
    default: [],
    scope: 'server',
    group: 'Storage',
    title: 'Folders of recordings',
    description:
      'One for each disk, as whole paths; recordings are spread over them. None: the folder `recordings` beside the database. ' +
      'A folder that is not there yet is made, when the one that it stands in is there.',
    effect: 'at-once',
    effectNote: 'A folder that holds recordings cannot be taken from the list.',
    startup: ['storage', 'volumes'],
    startupShape: {
      fromStartup: (value) =>
        z
          .array(volumeSchema)
          .parse(value)
          .map(({ path }) => path),
      toStartup: (paths) => (paths.length > 0 ? paths.map((path) => ({ path })) : undefined),
    },
  }),
  storageMaxBytes: setting({
    ...storageSetting,
    schema: maxBytes,
    default: null,
    none: 'No limit',
    title: 'All recordings together',
    description: 'The oldest go when there is more.',
    effect: 'at-once',
    effectNote: deletes,
    startup: ['storage', 'maxBytes'],
  }),
  storageMinFreeBytes: setting({
    ...storageSetting,
    schema: minFreeBytes,
    default: null,
    none: '5 % of each volume, at most 5 GiB',
    title: 'Kept free on each volume',
    description: 'The oldest recordings go for it.',
    effect: 'at-once',
    effectNote: deletes,
    startup: ['storage', 'minFreeBytes'],
  }),
  storageVerifyBytesPerSecond: setting({
    ...storageSetting,
    schema: verifyBytesPerSecond,
    default: 4 * 1024 * 1024,
    unit: 'bytes/s',
    title: 'Speed of the check of recordings',
    description: 'How fast stored recordings are read in the background to find damage; 0: not at all.',
    effect: 'at-once',
    startup: ['storage', 'verifyBytesPerSecond'],
  }),
} as const;

/** As in the configuration. */
type StorageInput = z.infer<typeof storageOption>;

/** As in effect: paths are absolute, there is at least one volume, and the key file has a place. */
export interface StorageOptions extends StorageInput {
  readonly seal: StorageInput['seal'] & { readonly keyFile: string };
}

/**
 * With the defaults that depend on the data folder.
 * @param absolute resolves the path that stands at `setting`
 */
export function storageInEffect(
  input: StorageInput,
  data: string,
  absolute: (setting: readonly string[], path: string) => string,
): StorageOptions {
  const volumes = input.volumes.map(({ path }) => ({ path: absolute(['storage', 'volumes'], path) }));
  const given = input.seal.keyFile;
  const keyFile =
    given === undefined ? `${data}/master.key` : absolute(['storage', 'seal', 'keyFile'], given);
  return {
    ...input,
    volumes: volumes.length > 0 ? volumes : [{ path: `${data}/recordings` }],
    seal: { ...input.seal, keyFile },
  };
}

/** What is kept free on a volume of this size. */
export function freeFloorBytes(
  { minFreeBytes }: Pick<StorageOptions, 'minFreeBytes'>,
  totalBytes: number,
): number {
  return minFreeBytes ?? Math.min(defaultFreeBytes, Math.floor(totalBytes * defaultFreeShare));
}
