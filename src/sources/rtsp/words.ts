/**
 * What can go wrong with a camera, in sentences for the person who added it: what happened, and what to do.
 * No sentence holds a password, and nothing the camera said is repeated beyond a few printable characters.
 */
import type { SourceFault } from '../../hub/source.ts';
import type { RtspResponse } from '../../media/rtsp/message.ts';

function fault(kind: SourceFault['kind'], message: string): SourceFault {
  return { kind, message };
}

export function loginWanted(where: string): SourceFault {
  return fault(
    'wrong-password',
    `The camera at ${where} wants a login. Put user name and password into its address.`,
  );
}

export function loginRefused(where: string, user: string): SourceFault {
  return fault('wrong-password', `The camera at ${where} refused the password for user ${said(user)}.`);
}

export function loginUnknown(where: string): SourceFault {
  return fault('unsupported', `The camera at ${where} wants a kind of login that is not known here.`);
}

/** The answer to a step was neither yes nor something we can act on. */
export function answerRefused(where: string, method: string, response: RtspResponse): SourceFault {
  const status = `${String(response.status)} ${said(response.reason)}`.trim();
  switch (response.status) {
    case 403:
      return fault(
        'wrong-password',
        `The camera at ${where} does not let this user watch the stream (${status}).`,
      );
    case 404:
    case 410:
      return fault(
        'not-found',
        `The camera at ${where} has no stream at this path (${status}). Check the part after the port.`,
      );
    case 453:
    case 503:
      return fault(
        'refused',
        `The camera at ${where} has no room for another viewer (${status}). Close others.`,
      );
    default:
      return fault('protocol', `The camera at ${where} answered ${method} with “${status}”.`);
  }
}

export function noAnswer(where: string, method: string): SourceFault {
  return fault('timeout', `The camera at ${where} did not answer ${method} in time.`);
}

export function notRtsp(where: string, isHttp: boolean): SourceFault {
  const what = isHttp ? 'a web server' : 'something that does not speak RTSP';
  return fault('not-rtsp', `What answers at ${where} is ${what}. Check the port: cameras mostly use 554.`);
}

export function unreadable(where: string, reason: string): SourceFault {
  return fault('protocol', `What the camera at ${where} sends cannot be read: ${said(reason)}.`);
}

export function wrongAnswer(where: string): SourceFault {
  return fault('protocol', `The camera at ${where} answered a question that was not asked.`);
}

export function nothingUsable(where: string, offered: readonly string[]): SourceFault {
  const names = [...new Set(offered.map(said))].slice(0, maxNames);
  const list = names.length === 0 ? 'no stream at all' : `only ${names.join(', ')}`;
  return fault(
    'unsupported',
    `The camera at ${where} offers ${list}. Usable are H.264, H.265, MJPEG, AAC, Opus and G.711: change it in the camera.`,
  );
}

export function transportRefused(
  where: string,
  asked: 'tcp' | 'udp',
  choice: 'auto' | 'tcp' | 'udp',
): SourceFault {
  if (choice === 'auto') {
    return fault('unsupported', `The camera at ${where} sends its stream neither over TCP nor over UDP.`);
  }
  const advice = 'Set its transport to automatic.';
  return fault(
    'unsupported',
    `The camera at ${where} refuses to send over ${asked.toUpperCase()}. ${advice}`,
  );
}

export function noPackets(where: string, lower: 'tcp' | 'udp'): SourceFault {
  const advice =
    lower === 'udp'
      ? 'Its UDP packets may be held by a firewall or router: set the transport to TCP, or open the way.'
      : 'Restart the camera, or check whether its encoder is switched on.';
  return fault('stalled', `The camera at ${where} agreed to play, but sends no media. ${advice}`);
}

export function noPicture(where: string): SourceFault {
  return fault(
    'stalled',
    `The camera at ${where} sends packets, but no picture to start with. Set a shorter key frame interval in the camera.`,
  );
}

export function tooManyRedirects(where: string): SourceFault {
  return fault('protocol', `The camera sends us from address to address without end, last from ${where}.`);
}

export function badRedirect(where: string): SourceFault {
  return fault('protocol', `The camera at ${where} sends us to an address that cannot be read.`);
}

export function farewell(where: string): SourceFault {
  return fault('ended', `The camera at ${where} ended the stream.`);
}

export function cutOff(where: string): SourceFault {
  return fault('ended', `The camera at ${where} closed the connection.`);
}

export function sessionLost(where: string): SourceFault {
  return fault('ended', `The camera at ${where} has forgotten the session.`);
}

export function doesNotRead(where: string): SourceFault {
  return fault('protocol', `The camera at ${where} asks much and takes no answers.`);
}

export function badAddress(reason: string): SourceFault {
  return fault('not-found', reason);
}

const maxSaidCharacters = 60;
const maxNames = 6;

/** Words of the camera or of a person, made safe to show: printable, short. */
function said(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, ' ').slice(0, maxSaidCharacters);
}
