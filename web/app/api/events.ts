/**
 * One Server-Sent Events connection for the page. In: the server's events. Out: a true cache, the
 * history of statistics, and whether the server is reached at all.
 */
import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import type { ServerEvent } from '../../../src/api/contract/events.ts';
import { basePath } from './base.ts';
import { camerasQuery, dropCamera, putCamera } from './cameras.ts';
import { recordStatus } from './history.ts';
import { newsOfPast } from './past.ts';
import { putSystemStatus } from './system-health.ts';
import { viewsQuery } from './views.ts';

export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'up' }
  | { readonly kind: 'down'; readonly sinceMs: number };

/** Events carry their type inside; a server may name them as well, and then only the name is heard. */
const names: readonly (ServerEvent['type'] | 'message')[] = [
  'message',
  'reset',
  'camera.created',
  'camera.changed',
  'camera.deleted',
  'camera.status',
  'recording.changed',
  'gap.opened',
  'gap.closed',
  'recording.damaged',
  'settings.changed',
  'view.changed',
  'view.deleted',
  'system.status',
];
/** After an answer that is no event stream a browser gives up for good; we do not. */
const againMs = 3000;

let link: Link = { kind: 'connecting' };
const listeners = new Set<() => void>();
let restart: () => void = () => undefined;

export function useLink(): Link {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => link,
  );
}

/** For what renders nothing. */
export function linkNow(): Link {
  return link;
}

/** Does not wait for the browser's own next attempt. */
export function reconnectNow(): void {
  restart();
}

/**
 * Runs while somebody is signed in.
 *
 * @returns ends it
 */
export function listen(client: QueryClient): () => void {
  let source: EventSource;
  let timer: number | undefined;
  let wasUp = false;
  const open = () => {
    window.clearTimeout(timer);
    source = new EventSource(`${basePath}/api/v1/events`);
    source.addEventListener('open', () => {
      setLink({ kind: 'up' });
      // The server may have forgotten what we missed; asking again costs one request.
      if (wasUp) void client.invalidateQueries();
      wasUp = true;
    });
    source.addEventListener('error', () => {
      if (link.kind !== 'down') setLink({ kind: 'down', sinceMs: Date.now() });
      if (source.readyState !== EventSource.CLOSED) return;
      // Perhaps nobody is signed in any more: the answer to this says so.
      void client.invalidateQueries({ queryKey: ['session'] });
      timer = window.setTimeout(open, againMs);
    });
    for (const name of names) {
      source.addEventListener(name, (message: MessageEvent<string>) => apply(client, message.data));
    }
  };
  const stop = () => {
    window.clearTimeout(timer);
    source.close();
  };
  restart = () => {
    stop();
    open();
  };
  open();
  return () => {
    stop();
    restart = () => undefined;
    setLink({ kind: 'connecting' });
  };
}

function apply(client: QueryClient, data: string): void {
  const event = JSON.parse(data) as ServerEvent;
  switch (event.type) {
    case 'reset':
      void client.invalidateQueries();
      break;
    case 'camera.created':
    case 'camera.changed':
      putCamera(client, event.camera);
      break;
    case 'settings.changed':
      void client.invalidateQueries({ queryKey: ['settings'] });
      // Addresses of cameras hold the port and path of RTSP.
      if (Object.keys(event.values).some((key) => key.startsWith('rtsp')))
        void client.invalidateQueries({ queryKey: camerasQuery.queryKey });
      break;
    case 'camera.deleted':
      dropCamera(client, event.cameraId);
      break;
    case 'recording.changed':
      changeCamera(client, event.cameraId, { recordingState: event.recording.state });
      void client.invalidateQueries({ queryKey: ['timeline', event.cameraId] });
      newsOfPast(client);
      break;
    case 'gap.opened':
    case 'gap.closed':
      void client.invalidateQueries({ queryKey: ['timeline', event.cameraId] });
      newsOfPast(client);
      break;
    case 'recording.damaged':
      newsOfPast(client);
      void client.invalidateQueries({ queryKey: ['storage'] });
      break;
    case 'view.changed':
    case 'view.deleted':
      void client.invalidateQueries({ queryKey: viewsQuery.queryKey });
      break;
    case 'system.status':
      putSystemStatus(client, event.status);
      break;
    case 'camera.status': {
      recordStatus(event.cameraId, event.status);
      changeCamera(client, event.cameraId, { status: event.status });
      break;
    }
  }
}

function changeCamera(client: QueryClient, id: string, change: Partial<Camera>): void {
  const changed = (one: Camera) => (one.id === id ? { ...one, ...change } : one);
  client.setQueryData(camerasQuery.queryKey, (list) => list?.map(changed));
}

function setLink(next: Link): void {
  link = next;
  for (const listener of listeners) listener();
}
