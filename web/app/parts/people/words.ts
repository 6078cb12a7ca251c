/** Words for roles, rights and permissions: what somebody may, said so that it can be decided about. */
import type { User } from '../../../../src/api/contract/accounts.ts';
import type { Permission, Right } from '../../api/session.ts';

type Role = User['role'];
type Grants = User['grants'];

export const roleWords: Record<Role, readonly [name: string, may: string]> = {
  viewer: ['Viewer', 'Watches the cameras below, and changes nothing.'],
  operator: [
    'Operator',
    'Watches the cameras below, and changes, records and holds footage of those where they may. Sees storage and health.',
  ],
  admin: ['Administrator', 'Everything, on every camera; also people, keys and settings.'],
};

/** In the order they are offered. */
export const rightWords: Record<Right, readonly [name: string, may: string]> = {
  live: ['Live', 'See what happens now'],
  playback: ['Recordings', 'See what was recorded'],
  export: ['Export', 'Take footage away, share links to it'],
  ptz: ['Move', 'Turn and zoom the camera'],
  settings: ['Change', 'Name, address, recording of the camera; operators only'],
  publish: ['Send', 'Send pictures as this camera; operators only'],
};

/** For what stands on its own, with no role that says who may change anything. */
const allRights = Object.keys(rightWords) as Right[];

/** Rights that do nothing for a viewer: they need a permission that the role lacks. */
const operatorsOnly: ReadonlySet<Right> = new Set(['settings', 'publish']);

export function rightsFor(role: Role): Right[] {
  return role === 'viewer' ? allRights.filter((right) => !operatorsOnly.has(right)) : allRights;
}

export const scopeWords: Record<Permission, readonly [name: string, may: string]> = {
  'media:read': ['See', 'Cameras, live pictures and recordings'],
  'media:write': ['Change', 'Cameras, recording, holds'],
  'system:read': ['Read the system', 'Storage, health'],
  'system:write': ['Administer', 'Add and delete cameras, change settings'],
  'metrics:read': ['Metrics', 'For Prometheus and the like'],
};

/** For example “Every camera: live, recordings · 2 cameras more”. */
export function grantsWords({ every, cameras }: Grants, count: (camera: string) => boolean): string {
  const some = Object.entries(cameras).filter(([id, rights]) => rights.length > 0 && count(id)).length;
  if (every.length > 0) {
    const words = allRights.filter((right) => every.includes(right)).map((right) => rightWords[right][0]);
    const more = some === 0 ? '' : `, and more on ${some === 1 ? 'one camera' : `${some} cameras`}`;
    return `Every camera: ${words.join(', ').toLowerCase()}${more}`;
  }
  if (some === 0) return 'No camera';
  return some === 1 ? 'One camera' : `${some} cameras`;
}
