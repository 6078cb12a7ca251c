/**
 * Cameras that are broken, lost or evil: each connection is handled by one of the behaviours below.
 * They answer like a camera up to the point where they go wrong.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { seededRandom } from './lossy-relay.ts';

export type HostileKind = keyof typeof behaviours;

export interface HostileRtsp {
  readonly url: string;
  readonly port: number;
  /** Connections that were made, ever and now. */
  readonly connections: { made: number; open: number };
  /** Everything that was asked, in order. */
  readonly requests: string[];
  close(): void;
}

export async function startHostileRtsp(kind: HostileKind): Promise<HostileRtsp> {
  const sockets = new Set<Socket>();
  const connections = { made: 0, open: 0 };
  const requests: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    connections.made += 1;
    connections.open += 1;
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      connections.open -= 1;
    });
    behaviours[kind](new Camera(socket, requests));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `rtsp://127.0.0.1:${port}/cam`,
    port,
    connections,
    requests,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Request {
  readonly method: string;
  readonly cseq: string;
  readonly text: string;
}

type Special = Partial<Record<string, (request: Request, camera: Camera) => void>>;

/** H.264 in Constrained Baseline, 320x240. */
const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=hostile',
  't=0 0',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H264/90000',
  'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LADdoFB+wFqDAgA9CQAAADABAAAAMDKPFCqg==,aM4PyA==',
  'a=control:track1',
  '',
].join('\r\n');

/** A NAL unit with the forbidden bit set: never taken for a picture, wherever it is cut. */
const noNal = new Uint8Array(300).fill(0xff);

/** The polite part of every camera. */
class Camera {
  readonly socket: Socket;
  readonly #requests: string[];

  constructor(socket: Socket, requests: string[]) {
    this.socket = socket;
    this.#requests = requests;
  }

  write(data: string | Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(data);
  }

  reply(request: Request, status: string, headers: readonly string[] = [], body = ''): void {
    const length = body ? [`Content-Length: ${Buffer.byteLength(body)}`] : [];
    const lines = [`RTSP/1.0 ${status}`, `CSeq: ${request.cseq}`, ...headers, ...length, '', body];
    this.write(lines.join('\r\n'));
  }

  /** Answers as a camera should, but for the methods in `special`. */
  serve(special: Special = {}): void {
    let text = '';
    this.socket.on('data', (chunk) => {
      text += chunk.toString('latin1').replace(/^\$[^]*$/, '');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end);
        text = text.slice(end + 4);
        this.#requests.push(head);
        const request = {
          method: head.split(' ', 1)[0] ?? '',
          cseq: /CSeq: *(\d+)/i.exec(head)?.[1] ?? '0',
          text: head,
        };
        const act = special[request.method];
        if (act) act(request, this);
        else this.#answer(request);
      }
    });
  }

  #answer(request: Request): void {
    switch (request.method) {
      case 'OPTIONS':
        return this.reply(request, '200 OK', ['Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN']);
      case 'DESCRIBE':
        return this.reply(request, '200 OK', ['Content-Type: application/sdp'], sdp);
      case 'SETUP':
        return this.reply(request, '200 OK', [
          'Session: 1;timeout=60',
          'Transport: RTP/AVP/TCP;unicast;interleaved=0-1',
        ]);
      default:
        return this.reply(request, '200 OK', ['Session: 1']);
    }
  }
}

const behaviours = {
  'silent-after-connect': (camera: Camera) => void camera.socket.resume(),
  'closes-at-once': (camera: Camera) => void camera.socket.resume().end(),
  nonsense: (camera: Camera) => {
    camera.socket.resume();
    camera.write('Guten Tag, hier ist die Kaffeemaschine.\r\n\r\n');
  },
  'web-server': (camera: Camera) => {
    camera.socket.on('data', () =>
      camera.write('HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\noops'),
    );
  },
  'tls-alert': (camera: Camera) => {
    camera.socket.on('data', () => camera.write(new Uint8Array([0x15, 3, 3, 0, 2, 2, 70])));
  },
  'random-bytes': (camera: Camera) => endless(camera, (random) => randomBytes(random, 4096)),
  'endless-headers': (camera: Camera) => {
    camera.write('RTSP/1.0 200 OK\r\n');
    endless(camera, () => `X-Filler: ${'x'.repeat(1000)}\r\n`);
  },
  'endless-line': (camera: Camera) => endless(camera, () => `RTSP/1.0 200 ${'K'.repeat(4096)}`),
  'byte-at-a-time': (camera: Camera) => {
    const text = `RTSP/1.0 200 OK\r\nCSeq: 1\r\nX-Patience: ${'z'.repeat(10_000)}`;
    let at = 0;
    const timer = setInterval(() => camera.write(text[at++] ?? 'z'), 10);
    camera.socket.resume().on('close', () => clearInterval(timer));
  },
  'huge-content-length': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) => {
        camera.write(`RTSP/1.0 200 OK\r\nCSeq: ${request.cseq}\r\nContent-Length: 4000000000\r\n\r\n`);
        endless(camera, () => 'x'.repeat(65_536));
      },
    }),
  'huge-sdp': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) => {
        const filler = 'm=video 0 RTP/AVP 99\r\na=x:'.concat('y'.repeat(1000), '\r\n').repeat(230);
        camera.reply(request, '200 OK', [], `v=0\r\n${filler}`);
      },
    }),
  'empty-sdp': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) => camera.reply(request, '200 OK', ['Content-Type: application/sdp']),
    }),
  'unknown-codec': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) =>
        camera.reply(request, '200 OK', [], 'v=0\r\nm=video 0 RTP/AVP 31\r\nm=audio 0 RTP/AVP 4\r\n'),
    }),
  'not-found': (camera: Camera) =>
    camera.serve({ DESCRIBE: (request) => camera.reply(request, '404 Not Found') }),
  'refuses-every-login': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) =>
        camera.reply(request, '401 Unauthorized', [
          `WWW-Authenticate: Digest realm="cam", nonce="${Math.random()}", algorithm=MD5`,
        ]),
    }),
  'redirects-in-a-circle': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) => {
        const url = /DESCRIBE (\S+)/.exec(request.text)?.[1] ?? '';
        camera.reply(request, '302 Moved Temporarily', [`Location: ${url}`]);
      },
    }),
  'redirects-to-metadata': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) =>
        camera.reply(request, '301 Moved', ['Location: rtsp://169.254.169.254/latest/meta-data']),
    }),
  'redirects-to-another-host': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) => {
        const port = camera.socket.localPort;
        if (request.text.includes('localhost')) camera.reply(request, '404 Not Found');
        else if (/^Authorization/m.test(request.text)) {
          camera.reply(request, '302 Found', [`Location: rtsp://localhost:${port}/cam`]);
        } else camera.reply(request, '401 Unauthorized', ['WWW-Authenticate: Basic realm="cam"']);
      },
    }),
  'refuses-every-transport': (camera: Camera) =>
    camera.serve({ SETUP: (request) => camera.reply(request, '461 Unsupported Transport') }),
  'closes-in-the-middle': (camera: Camera) =>
    camera.serve({
      DESCRIBE: (request) => {
        camera.write(`RTSP/1.0 200 OK\r\nCSeq: ${request.cseq}\r\nContent-Length: 500\r\n\r\nv=0\r\n`);
        camera.socket.end();
      },
    }),
  'wrong-cseq': (camera: Camera) =>
    camera.serve({ DESCRIBE: (request) => camera.reply({ ...request, cseq: '7777' }, '200 OK', [], sdp) }),
  'silent-after-play': (camera: Camera) => camera.serve(),
  'random-frames': (camera: Camera) => afterPlay(camera, (random) => frame(0, randomBytes(random, 200))),
  'cut-off-packets': (camera: Camera) =>
    afterPlay(camera, (random, sequence) =>
      frame(0, rtp(random, sequence, noNal).subarray(0, Math.floor(random() * 12))),
    ),
  'random-payloads': (camera: Camera) =>
    afterPlay(camera, (random, sequence) => frame(0, rtp(random, sequence, randomBytes(random, 300)))),
  'wrong-lengths': (camera: Camera) =>
    afterPlay(camera, (random, sequence) => {
      const whole = frame(0, rtp(random, sequence, noNal));
      whole[2] = Math.floor(random() * 256);
      return whole;
    }),
  'half-frames': (camera: Camera) =>
    afterPlay(camera, (random, sequence) =>
      frame(0, rtp(random, sequence, noNal)).subarray(0, 4 + Math.floor(random() * 300)),
    ),
  'random-reports': (camera: Camera) => afterPlay(camera, (random) => frame(1, randomBytes(random, 80))),
  'asks-without-end': (camera: Camera) => {
    camera.socket.pause();
    endless(camera, () =>
      'RTSP/1.0 100 Continue\r\n\r\n'.concat('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'.repeat(200)),
    );
  },
  'says-goodbye': (camera: Camera) =>
    camera.serve({
      PLAY: (request) => {
        camera.reply(request, '200 OK', ['Session: 1']);
        camera.write('TEARDOWN rtsp://here/ RTSP/1.0\r\nCSeq: 5\r\nSession: 1\r\n\r\n');
      },
    }),
} satisfies Record<string, (camera: Camera) => void>;

export const hostileKinds = Object.keys(behaviours) as HostileKind[];

/** Writes as fast as it is read, until the connection is gone. */
function endless(camera: Camera, make: (random: () => number) => string | Uint8Array): void {
  const random = seededRandom(1);
  const fill = () => {
    while (!camera.socket.destroyed && camera.socket.write(make(random)));
  };
  camera.socket.on('drain', fill);
  fill();
}

/** A camera until PLAY; then what `make` makes, some hundred times a second. */
function afterPlay(camera: Camera, make: (random: () => number, sequence: number) => Uint8Array): void {
  const random = seededRandom(2);
  let sequence = 0;
  camera.serve({
    PLAY: (request) => {
      camera.reply(request, '200 OK', ['Session: 1']);
      const timer = setInterval(() => {
        for (let count = 0; count < 10; count += 1) {
          sequence = (sequence + 1) & 0xffff;
          camera.write(make(random, sequence));
        }
      }, 10);
      camera.socket.on('close', () => clearInterval(timer));
    },
  });
}

function frame(channel: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([0x24, channel, payload.length >> 8, payload.length & 255]), payload]);
}

/** An RTP header that is right, and a payload that is not. */
function rtp(random: () => number, sequence: number, payload: Uint8Array): Uint8Array {
  const marker = random() < 0.3 ? 0x80 : 0;
  const header = [0x80, marker | 96, sequence >> 8, sequence & 255, 0, 0, sequence >> 8, 0, 0, 0, 0, 1];
  return Buffer.concat([Buffer.from(header), payload]);
}

function randomBytes(random: () => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}
