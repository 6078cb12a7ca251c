/**
 * Looks for RTSP servers among addresses: connects, asks OPTIONS, and tells who answers.
 * Bounded: so many at one time, so long for each, all of it by the deadline of `signal`.
 */
import { header } from '../../media/rtsp/message.ts';
import type { TalkParts } from './rtsp-talk.ts';
import { RtspTalk } from './rtsp-talk.ts';

export interface KnockParts extends Pick<TalkParts, 'policy' | 'clock' | 'signal'> {
  readonly hosts: readonly string[];
  readonly onFound: (found: Knocked) => void;
  /** 554 and 8554 but in tests. */
  readonly ports?: readonly number[];
}

export interface Knocked {
  readonly host: string;
  readonly port: number;
  /** What it calls itself; may be empty. */
  readonly server: string;
}

/** A router that keeps track of connections forgets nothing over so few. */
const atOneTime = 256;
/** On a local network an answer takes a few milliseconds, and one from a sleeping camera less than this. */
const knockMs = 800;
/** RFC 2326, 3.2, and what servers use that may not open ports below 1024. */
const rtspPorts = [554, 8554];

export async function knock(parts: KnockParts): Promise<void> {
  const doors = (parts.ports ?? rtspPorts).flatMap((port) => parts.hosts.map((host) => ({ host, port })));
  let next = 0;
  const walk = async (): Promise<void> => {
    for (let door = doors[next++]; door && !parts.signal.aborted; door = doors[next++]) {
      await knockAt(parts, door.host, door.port);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOneTime, doors.length) }, walk));
}

async function knockAt(parts: KnockParts, host: string, port: number): Promise<void> {
  const talk = new RtspTalk({ ...parts, host, port, timeoutMs: knockMs });
  const answer = await talk.ask('OPTIONS', `rtsp://${host}:${port}/`);
  talk.close();
  if (answer.ok) parts.onFound({ host, port, server: header(answer.value.headers, 'Server') ?? '' });
}
