/**
 * What of a camera is shown to whom. Whoever may not change it is not told where it is, nor what it says itself: words
 * about a connection name its address, sometimes its login.
 */
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../accounts/access.ts';
import type { Camera, CameraState, StreamStatus } from './contract/cameras.ts';
import type { Problem } from './contract/problem.ts';
import type { RecordingStatus } from './contract/recording.ts';
import { allowed, may } from './policy.ts';

/** As it is shown to this one. */
export function shownCamera(who: Principal, camera: Camera): Camera {
  return seesAll(who, camera.id) ? camera : reducedCamera(camera);
}

/** Whether somebody may know where a camera is. */
export function seesAll(who: Principal, cameraId: string): boolean {
  return allowed(who, 'camera.change', cameraId);
}

export function reducedCamera(camera: Camera): Camera {
  const { status, subStatus, links } = camera;
  return {
    ...camera,
    source: null,
    sub: null,
    externalId: null,
    status: reducedStatus(status),
    subStatus: subStatus && reducedStatus(subStatus),
    links: { ...links, whip: null },
  };
}

export function reducedStatus(status: StreamStatus): StreamStatus {
  return {
    ...status,
    reason: plainReason(status.state, status.reason),
    stats: { ...status.stats, lastError: null },
  };
}

/** The words of a state that name no address; null where there are none to be said. */
export function plainReason(state: CameraState, reason: string | null): string | null {
  return reason === null ? null : stateWords[state];
}

const stateWords: Readonly<Record<CameraState, string | null>> = {
  disabled: 'The camera is switched off.',
  idle: null,
  connecting: 'The camera is being connected.',
  live: null,
  stalled: 'The camera sends no pictures at the moment.',
  offline: 'The camera cannot be reached.',
  error: 'The camera cannot be shown. Whoever manages it is told why.',
};

export function reducedRecording(recording: RecordingStatus): RecordingStatus {
  return { ...recording, reason: recording.reason === null ? null : 'It cannot be recorded at the moment.' };
}

/** The cause stays; its details may name an address. */
export function reducedGap<Gap extends { readonly detail: string }>(gap: Gap): Gap {
  return { ...gap, detail: '' };
}

/** A refusal that says why there is no picture, in the words for who asks. */
export function shownProblem(request: FastifyRequest, cameraId: string, answer: Problem): Problem {
  const isAboutCamera = answer.code === 'camera-offline';
  return isAboutCamera && !may(request, 'camera.change', cameraId)
    ? { ...answer, detail: awayWords }
    : answer;
}

const awayWords = 'The camera sends no picture at the moment.';
