/**
 * Commands beside the server, as the command line knows them: which words and flags each takes.
 * What they do stands in the file of the same name.
 */
import type { SettingsFlags } from '../settings/load.ts';

/** Flags with a value. */
export const toolValueFlags = [
  'camera',
  'day',
  'from',
  'to',
  'into',
  'recovery-key-file',
  'key',
  'role',
] as const;
/** Flags without one. */
export const toolSwitches = ['replace', 'yes', 'dry-run'] as const;

export type ToolFlag = (typeof toolValueFlags)[number] | (typeof toolSwitches)[number];

interface ToolShape {
  readonly flags: readonly ToolFlag[];
  /** At most so many words after the command. */
  readonly words: number;
}

const shapes = {
  keys: { flags: ['camera', 'day', 'replace', 'yes'], words: 1 },
  verify: { flags: ['camera', 'from', 'to'], words: 0 },
  reindex: { flags: [], words: 0 },
  unseal: { flags: ['camera', 'from', 'to', 'into', 'recovery-key-file'], words: 1 },
  'verify-export': { flags: ['key'], words: 1 },
  import: { flags: ['dry-run'], words: 1 },
  user: { flags: ['role'], words: 2 },
} as const satisfies Record<string, ToolShape>;

export type ToolName = keyof typeof shapes;

export const toolNames = Object.keys(shapes) as readonly ToolName[];

export function toolShape(name: ToolName): ToolShape {
  return shapes[name];
}

/** What was asked for; a switch that was given holds an empty text. */
export interface ToolCall {
  readonly kind: ToolName;
  readonly flags: SettingsFlags;
  readonly words: readonly string[];
  readonly options: Readonly<Partial<Record<ToolFlag, string>>>;
}

export const toolHelp = `
Stored recordings (times as 2026-11-21T08:00 in UTC, or with a zone: 2026-11-21T08:00+01:00)
  verify   read every recording and compare it with the index
             [--camera <id>] [--from <time>] [--to <time>]
  reindex  build the index anew from the files; the server must not run
  unseal   write sealed recordings as plain MP4 files that any player opens
             <recording id> | --camera <id> [--from <time>] [--to <time>]
             --into <folder> [--recovery-key-file <file>]
  keys     what seals recordings; the server must not run for the last three
             keys            how many data keys there are, and who opens them
             keys rotate     a new master key
             keys recovery   a key for the day the master key is lost [--replace]
             keys shred      make a day unreadable for ever --camera <id> --day <2026-11-21> --yes

People, while the server does not run (passwords are asked for, or read from standard input)
  user     who may sign in
             user list
             user add <name> [--role viewer|operator|admin]
             user password <name>
             user role <name> --role <role>
             user disable <name>, user enable <name>

Exported footage, without the server
  verify-export   check signature, files and every fragment
                    <folder or manifest.json> [--key <public key of the server>]

Cameras of another server
  import   read a configuration file of go2rtc, MediaMTX or Frigate, and print the request that makes
           its cameras: send it to PUT /api/v1/cameras. It holds passwords
             <file> [--dry-run]   (a table without passwords)
`;
