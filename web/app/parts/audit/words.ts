/** What somebody did, as a sentence after their name. In: the code of the action. Out: words. */
import type { AuditEntry } from '../../../../src/api/contract/accounts.ts';

/** Codes that have words: what was done, and what was tried. Others are shown as they are. */
const deeds: Readonly<Record<string, readonly [done: string, tried: string]>> = {
  'session.create': ['signed in', 'sign in as'],
  'session.end': ['signed out', 'sign out'],
  'setup.create': ['set up the server', 'set up the server'],
  'account.change': ['changed their own account', 'change their own account'],
  'user.change': ['changed a person', 'change a person'],
  'key.change': ['changed an API key', 'change an API key'],
  'device.change': ['changed a device', 'change a device'],
  'share.change': ['changed a link to', 'change a link to'],
  'share.open': ['opened a link to', 'open a link to'],
  'share.watch': ['watched through a link', 'watch through a link'],
  'media-token.create': ['made a media token for', 'make a media token for'],
  'camera.watch': ['watched', 'watch'],
  'camera.replay': ['watched recordings of', 'watch recordings of'],
  'camera.publish': ['sent pictures as', 'send pictures as'],
  'camera.create': ['added the camera', 'add a camera'],
  'camera.change': ['changed', 'change'],
  'camera.delete': ['deleted', 'delete'],
  'camera.probe': ['tested the address of a camera', 'test the address of a camera'],
  'camera.record': ['started or stopped recording', 'start or stop recording'],
  'recording.delete': ['deleted recordings of', 'delete recordings of'],
  'hold.change': ['held or released footage of', 'hold or release footage of'],
  'export.create': ['exported footage of', 'export footage of'],
  'export.download': ['took an export of', 'take an export of'],
  'export.delete': ['deleted an export', 'delete an export'],
  'viewer.end': ['disconnected a viewer of', 'disconnect a viewer of'],
  'clip.upload': ['uploaded a clip', 'upload a clip'],
  'clip.watch': ['watched a clip', 'watch a clip'],
  'clip.delete': ['deleted a clip', 'delete a clip'],
  'client.change': ['changed a client that uploads clips', 'change a client that uploads clips'],
  'settings.change': ['changed settings', 'change settings'],
  'view.change': ['changed a view', 'change a view'],
  'storage.test': ['tested the storage', 'test the storage'],
  'audit.lost': ['could not write entries down', 'write entries down'],
};

/** What leaves an entry only when it is refused: to look at something. */
const looks: Readonly<Record<string, string>> = {
  'audit.read': 'read the audit log',
  'camera.list': 'see the cameras',
  'camera.read': 'see',
  'client.list': 'see the clients that upload clips',
  'clip.list': 'see the clips',
  'device.list': 'see the devices',
  'export.list': 'see exports of',
  'export.of-others': 'change an export of somebody else',
  'health.details': 'see the health of the server',
  'history.list': 'see what happened to',
  'hold.list': 'see what is held of',
  'key.list': 'see the API keys',
  'metrics.read': 'read the metrics',
  'network.read': 'see the addresses of the server',
  'playback.session': 'play recordings of',
  'settings.read': 'see the settings',
  'share.list': 'see the links to',
  'storage.read': 'see the storage',
  'user.list': 'see the people',
  'viewer.list': 'see who watches',
};

/** To choose from, by code. */
export const actionWords: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(deeds).map(([code, [done]]) => [code, done.replace(/ (of|to|for|as)$/, '')]),
);

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

/** Ids say nothing to people, and of a day the detail says more. */
const unsaid = /^(?:[a-z]{2,5}_[0-9a-z]+|\d{4}-\d\d-\d\d)$/;

/** For example “watched Gate” or “tried to change settings, and was refused”. @param camera its name, or undefined */
export function deedWords(
  { action, outcome, target, actor }: Pick<AuditEntry, 'action' | 'outcome' | 'target' | 'actor'>,
  camera: string | undefined,
): string {
  const [done, tried] = deeds[action] ?? [action, looks[action] ?? action];
  const named = target === '' || target === actor.name || unsaid.test(target) ? undefined : `“${target}”`;
  const object = [camera, named].filter(Boolean).join(' ');
  const whole = (words: string) =>
    object === '' ? words.replace(/ (of|to|for|as)$/, '') : `${words} ${object}`;
  return outcome === 'refused' ? `tried to ${whole(tried)}, and was refused` : whole(done);
}
