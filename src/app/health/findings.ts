/**
 * What is wrong with the server and its cameras, in sentences, each with what to do.
 *
 * In:  what is known now. Out: findings, the worst first; of one trouble the same id again. Pure: it asks nothing.
 */
import type { Finding, SystemStatus } from '../../api/contract/system-health.ts';
import type { CertificateReport } from '../../api/contract/network.ts';
import type { CameraState } from '../../api/contract/cameras.ts';
import { bytesWords } from '../../recording/retention-rules.ts';

export interface WatchedCamera {
  readonly id: string;
  readonly name: string;
  readonly state: CameraState;
  readonly reason: string | null;
  readonly sinceMs: number;
  readonly recording: 'off' | 'waiting' | 'recording' | 'failing';
  readonly recordingReason: string | null;
  readonly recordingSinceMs: number;
}

/** How the free space of a volume went. */
export interface DiskTrend {
  readonly path: string;
  readonly freeBytes: number;
  /** What shall stay free: there, the oldest footage begins to go. */
  readonly floorBytes: number;
  /** Falling: below zero. Undefined while it was watched for too short a time. */
  readonly bytesPerDay: number | undefined;
}

export interface Known {
  readonly nowMs: number;
  readonly status: Omit<SystemStatus, 'findingsRevision'>;
  /** Means of the last minute, or of what there is of it. */
  readonly minute: { readonly machineShare: number; readonly eventLoopP99Ms: number };
  readonly cameras: readonly WatchedCamera[];
  readonly trends: readonly DiskTrend[];
  /** Rules of storage that cannot be kept. */
  readonly shortages: readonly string[];
  /** The clock was set: by how much, and when. */
  readonly clockSteps: readonly { readonly byMs: number; readonly atMs: number }[];
  readonly https: { readonly problem: string | null; readonly certificate: CertificateReport | null };
}

/** Shorter absences mend themselves while one reads of them. */
const blipMs = 15_000;
const dayMs = 86_400_000;
/** Beyond it a disk is no news yet. */
const soonFullDays = 7;
const busyShare = 0.9;
/** Pictures at 25 a second come every 40 ms: a turn that is later delays several. */
const lateTurnMs = 100;
const fewFreeShare = 0.05;
const nearLimitShare = 0.8;
const nearHeapShare = 0.9;
const manyRestarts = 3;
const slowAnswerMs = 1000;
const certificateDays = { warn: 14, bad: 5 } as const;

const order = { bad: 0, warn: 1, note: 2 } as const;

export function findingsOf(known: Known): Finding[] {
  return [
    ...diskFindings(known),
    ...known.cameras.flatMap((camera) => cameraFindings(camera, known.nowMs)),
    ...loadFindings(known),
    ...memoryFindings(known),
    ...workerFindings(known),
    ...clockFindings(known),
    ...httpsFindings(known),
  ].toSorted((a, b) => order[a.level] - order[b.level]);
}

type Said = Pick<Finding, 'id' | 'level' | 'title' | 'advice'> & Partial<Finding>;

function finding(said: Said): Finding {
  const kind = said.id.split(':')[0] ?? said.id;
  return { kind, detail: '', sinceMs: null, cameraId: null, link: null, ...said };
}

function diskFindings({ status, trends, shortages }: Known): Finding[] {
  const broken = status.disks
    .filter(({ state }) => state === 'failed' || state === 'missing')
    .map(({ path, state, fault }) =>
      finding({
        id: `disk:${path}`,
        level: 'bad',
        title: state === 'missing' ? `Disk ${path} is not there` : `Disk ${path} cannot be used`,
        detail: fault ?? '',
        advice: 'Check the disk and its cable or mount. Until it is back, nothing is recorded there.',
        link: '/storage',
      }),
    );
  const short = shortages.map((message) =>
    finding({
      id: `shortage:${message}`,
      level: 'bad',
      title: 'Footage cannot be kept as long as it should be',
      detail: message,
      advice: 'Add a disk, end a hold, or guarantee less.',
      link: '/storage',
    }),
  );
  return [...broken, ...short, ...trends.flatMap(trendFinding)];
}

function trendFinding({ path, freeBytes, floorBytes, bytesPerDay }: DiskTrend): Finding[] {
  if (bytesPerDay === undefined || bytesPerDay >= 0 || freeBytes <= floorBytes) return [];
  const days = (freeBytes - floorBytes) / -bytesPerDay;
  if (days > soonFullDays) return [];
  return [
    finding({
      id: `filling:${path}`,
      level: days < 1 ? 'warn' : 'note',
      title: `Disk ${path} will be full in ${daysWords(days)}`,
      detail: `${bytesWords(freeBytes)} are free, and ${bytesWords(-bytesPerDay)} go each day.`,
      advice:
        'From then on the oldest footage goes to make room. If that is too soon, add a disk or record less.',
      link: '/storage',
    }),
  ];
}

function daysWords(days: number): string {
  if (days < 2 / 24) return 'less than two hours';
  if (days < 2) return `${Math.round(days * 24)} hours`;
  return `${Math.round(days)} days`;
}

function cameraFindings(camera: WatchedCamera, nowMs: number): Finding[] {
  const { id, name, state, reason, sinceMs } = camera;
  const about = { cameraId: id, link: `/cameras/${id}` };
  const isAway = state === 'offline' || state === 'error' || state === 'stalled';
  if (isAway && nowMs - sinceMs < blipMs) return [];
  if (state === 'offline' || state === 'error') {
    const title = state === 'offline' ? `${name} is offline` : `${name} cannot be shown`;
    const advice = 'Check its power, its network and its address. It is tried again and again.';
    return [
      finding({ id: `away:${id}`, level: 'bad', title, detail: reason ?? '', advice, sinceMs, ...about }),
    ];
  }
  if (state === 'stalled') {
    const title = `${name} sends no pictures`;
    const advice = 'Restart the camera if it stays so, and look at its network.';
    return [
      finding({ id: `stalled:${id}`, level: 'warn', title, detail: reason ?? '', advice, sinceMs, ...about }),
    ];
  }
  if (camera.recording !== 'failing' || nowMs - camera.recordingSinceMs < blipMs) return [];
  return [
    finding({
      id: `unrecorded:${id}`,
      level: 'bad',
      title: `${name} is not recorded`,
      detail: camera.recordingReason ?? '',
      advice: 'What happens now is missing later. Look at the camera and at the storage.',
      sinceMs: camera.recordingSinceMs,
      ...about,
    }),
  ];
}

function loadFindings({ minute, status }: Known): Finding[] {
  const findings: Finding[] = [];
  if (minute.machineShare > busyShare) {
    findings.push(
      finding({
        id: 'busy',
        level: 'warn',
        title: 'The machine is busy: pictures may be late',
        detail: `${Math.round(minute.machineShare * 100)} % of its processors were in use in the last minute.`,
        advice: 'End other programs, show fewer pictures at one time, or use smaller second streams.',
      }),
    );
  }
  if (minute.eventLoopP99Ms > lateTurnMs) {
    findings.push(
      finding({
        id: 'late',
        level: 'warn',
        title: 'The server does its work late',
        detail: `One turn in a hundred was ${Math.round(minute.eventLoopP99Ms)} ms late in the last minute.`,
        advice: 'Viewers may see pictures stutter. If it stays so, fewer cameras or a faster machine help.',
      }),
    );
  }
  const { open, limit } = status.files;
  if (open !== null && limit !== null && open > limit * nearLimitShare) {
    findings.push(
      finding({
        id: 'files',
        level: 'warn',
        title: 'Few connections are left',
        detail: `${open} of ${limit} files and connections are open.`,
        advice: 'Raise the limit of open files (ulimit -n, or LimitNOFILE of the service) and start again.',
      }),
    );
  }
  return findings;
}

function memoryFindings({ status: { memory } }: Known): Finding[] {
  const { machineTotalBytes, machineFreeBytes, heapUsedBytes, heapLimitBytes } = memory;
  const findings: Finding[] = [];
  if (machineFreeBytes < machineTotalBytes * fewFreeShare) {
    findings.push(
      finding({
        id: 'memory',
        level: 'warn',
        title: 'The machine has little memory left',
        detail: `${bytesWords(machineFreeBytes)} of ${bytesWords(machineTotalBytes)} are free.`,
        advice: 'End other programs, or give the machine more memory, before the system ends one by itself.',
      }),
    );
  }
  if (heapUsedBytes > heapLimitBytes * nearHeapShare) {
    findings.push(
      finding({
        id: 'heap',
        level: 'bad',
        title: 'The server is close to its limit of memory',
        detail: `${bytesWords(heapUsedBytes)} of ${bytesWords(heapLimitBytes)} are in use.`,
        advice: 'Start it again at a quiet time, and report it: this should not happen.',
      }),
    );
  }
  return findings;
}

function workerFindings({ status }: Known): Finding[] {
  return status.workers.flatMap(({ name, kind, state, reason, restartsLastHour, answerMs }) => {
    if (kind === 'database')
      return answerMs !== null && answerMs > slowAnswerMs ? [slowDatabase(answerMs)] : [];
    if (state === 'unavailable' || state === 'failed') {
      const advice =
        kind === 'media'
          ? 'Cameras are recorded and shown; small pictures, the demo and Motion JPEG are not.'
          : 'Cameras are shown over other ways, a little later.';
      const title = `${name} does not run`;
      return [finding({ id: `worker:${name}`, level: 'warn', title, detail: reason ?? '', advice })];
    }
    if (restartsLastHour < manyRestarts) return [];
    const title = `${name} restarted ${restartsLastHour} times in an hour`;
    const advice = 'It is started again by itself. The log says why it ended; look there if it goes on.';
    return [finding({ id: `restarts:${name}`, level: 'warn', title, advice })];
  });
}

function slowDatabase(answerMs: number): Finding {
  return finding({
    id: 'database',
    level: 'warn',
    title: 'The database answers slowly',
    detail: `A question took ${(answerMs / 1000).toFixed(1)} s.`,
    advice: 'Its disk is slow or busy. Keep the data folder on another disk than the recordings.',
  });
}

function clockFindings({ clockSteps }: Known): Finding[] {
  const last = clockSteps.at(-1);
  if (!last) return [];
  const seconds = Math.abs(last.byMs) / 1000;
  const by = seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
  return [
    finding({
      id: 'clock',
      level: 'warn',
      title: `The clock jumped ${last.byMs > 0 ? 'forward' : 'back'} by ${by}`,
      advice: 'Times of recordings around it are uncertain. Let the machine keep its time with NTP.',
      sinceMs: last.atMs,
    }),
  ];
}

function httpsFindings({ https: { problem, certificate }, nowMs }: Known): Finding[] {
  const link = '/settings';
  const findings: Finding[] = [];
  if (problem !== null) {
    const title = 'The encrypted port is not there';
    const advice = 'Other machines cannot reach this server safely. Choose another port, or end what has it.';
    findings.push(finding({ id: 'https', level: 'bad', title, detail: problem, advice, link }));
  }
  if (!certificate) return findings;
  const days = (certificate.untilMs - nowMs) / dayMs;
  const ends = days <= 0 ? 'The certificate has ended' : `The certificate ends in ${daysWords(days)}`;
  const advice =
    certificate.kind === 'files'
      ? 'Put a new certificate and key where the old ones are: they are taken at once.'
      : 'It should have been renewed by itself: the log says why it was not.';
  if (days < certificateDays.warn) {
    const level = days < certificateDays.bad ? 'bad' : 'warn';
    findings.push(
      finding({ id: 'certificate', level, title: ends, detail: certificate.problem ?? '', advice, link }),
    );
  } else if (certificate.problem !== null) {
    const title = 'Something is wrong with the certificate';
    findings.push(
      finding({ id: 'certificate', level: 'warn', title, detail: certificate.problem, advice, link }),
    );
  }
  return findings;
}
