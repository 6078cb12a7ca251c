/** What somebody did, as a sentence after their name. In: the code of the action. Out: words. */
import type { AuditEntry } from '../../../../src/api/contract/accounts.ts';

/** Codes that have words; others are shown as they are. */
export const actionWords: Readonly<Record<string, string>> = {
  'session.create': 'signed in',
  'session.end': 'signed out',
  'setup.create': 'set up the server',
  'account.change': 'changed their own account',
  'user.change': 'changed a person',
  'key.change': 'changed an API key',
  'device.change': 'changed a device',
  'share.change': 'changed a link',
  'share.open': 'opened a link',
  'share.watch': 'watched through a link',
  'media-token.create': 'made a media token',
  'camera.watch': 'watched',
  'camera.replay': 'watched recordings of',
  'camera.publish': 'sent pictures as',
  'camera.create': 'added a camera',
  'camera.change': 'changed',
  'camera.delete': 'deleted',
  'camera.probe': 'tested the address of a camera',
  'camera.record': 'changed the recording of',
  'recording.delete': 'deleted recordings of',
  'hold.change': 'held or released footage of',
  'export.create': 'exported footage of',
  'export.list': 'took an export of',
  'export.delete': 'deleted an export',
  'viewer.end': 'disconnected a viewer of',
  'clip.upload': 'uploaded a clip',
  'clip.watch': 'watched a clip',
  'clip.delete': 'deleted a clip',
  'client.change': 'changed a client that uploads clips',
  'settings.change': 'changed settings',
  'view.change': 'changed a view',
  'storage.test': 'tested the storage',
  'audit.lost': 'could not write entries down',
};

const kindWords: Readonly<Record<string, string>> = {
  key: 'API key',
  device: 'device',
  token: 'media token',
  share: 'link',
  local: 'no accounts',
  system: 'server',
};

/** Beside the name of whoever did it; a person needs none. */
export function kindWord(kind: string): string | undefined {
  return kindWords[kind];
}

/** For example “watched Gate” or “was refused: changed settings”. @param camera its name, or undefined */
export function deedWords(
  { action, outcome, target }: Pick<AuditEntry, 'action' | 'outcome' | 'target'>,
  camera: string | undefined,
): string {
  const deed = actionWords[action] ?? action;
  const object = camera ?? target;
  const whole = object === '' || object === undefined ? deed : `${deed} ${quoted(object, camera)}`;
  return outcome === 'refused' ? `was refused: ${whole}` : whole;
}

function quoted(object: string, camera: string | undefined): string {
  return camera === undefined ? `“${object}”` : object;
}
