/**
 * Ready-made ways to watch a camera outside of the dashboard, or to send to it.
 * In: a camera's links and where the dashboard was opened. Out: groups of addresses and commands, ready to be pasted.
 */
import type { Camera } from '../../../../src/api/contract/cameras.ts';

interface Recipe {
  /** What it is for, or which program it is for. */
  readonly name: string;
  /** What is pasted. May have several lines. */
  readonly text: string;
  readonly hint?: string;
}

export interface RecipeGroup {
  readonly title: string;
  readonly words: string;
  readonly recipes: readonly Recipe[];
}

/** @param origin of the dashboard, with its path if it has one, as this browser reaches it: other programs here reach the server the same way. */
export function recipesFor(
  camera: Pick<Camera, 'id' | 'name' | 'source' | 'links'>,
  origin: string,
): RecipeGroup[] {
  const at = (path: string) => new URL(path, origin).href;
  const { links } = camera;
  const rtsp = links.rtsp === null ? undefined : reachable(links.rtsp, origin);
  return [
    ...(links.whip === null ? [] : [sending(at(links.whip), rtsp)]),
    ...(rtsp === undefined
      ? []
      : [rtspGroup(rtsp, links.hlsSub !== null), homeAssistant(rtsp, at(links.snapshot))]),
    browserGroup(camera.id, (path) => origin + path),
    addresses(camera.links, at),
  ];
}

/** An address of a camera for a device with a name and a password of its own. */
export function rtspWithLogin(url: string, origin: string, name: string, password: string): string {
  const login = `${encodeURIComponent(name)}:${encodeURIComponent(password)}`;
  return reachable(url, origin).replace('://', `://${login}@`);
}

function rtspGroup(url: string, hasSub: boolean): RecipeGroup {
  return {
    title: 'RTSP',
    words: 'For players, recorders and programs. The picture starts at once, at its last keyframe.',
    recipes: [
      { name: 'Address', text: url },
      ...(hasSub ? [{ name: 'Second source', text: `${url}/sub`, hint: 'Smaller, for walls of many.' }] : []),
      { name: 'VLC', text: `vlc --network-caching=200 ${quoted(url)}` },
      {
        name: 'ffplay',
        text: `ffplay -fflags nobuffer -flags low_delay -rtsp_transport tcp ${quoted(url)}`,
      },
      {
        name: 'FFmpeg: record a minute',
        text: `ffmpeg -rtsp_transport tcp -i ${quoted(withStart(url))} -c copy -t 60 recording.mp4`,
        hint: 'start=keyframe: begins at the last keyframe, each picture with its own time.',
      },
      {
        name: 'GStreamer',
        text: `gst-launch-1.0 rtspsrc location=${quoted(url)} latency=100 protocols=tcp ! decodebin ! autovideosink`,
      },
      {
        name: 'OpenCV (Python)',
        text: [
          'import cv2',
          `video = cv2.VideoCapture("${url}", cv2.CAP_FFMPEG)`,
          'while True:',
          '    ok, picture = video.read()',
          '    if not ok:',
          '        break',
          '    print(picture.shape)',
        ].join('\n'),
      },
    ],
  };
}

function homeAssistant(url: string, snapshot: string): RecipeGroup {
  return {
    title: 'Home Assistant',
    words: 'Settings, Devices & services, Add integration, Generic Camera. Then paste these two.',
    recipes: [
      { name: 'Still image URL', text: snapshot },
      { name: 'Stream source URL', text: url },
    ],
  };
}

function browserGroup(id: string, at: (path: string) => string): RecipeGroup {
  const script = `<script type="module" src="${at('/player.js')}"></script>`;
  return {
    title: 'On a web page',
    words: 'The player of this dashboard, with everything that keeps it live.',
    recipes: [
      {
        name: 'Player',
        text: `${script}\n<sightline-player camera="${id}" muted controls></sightline-player>`,
      },
      {
        name: 'Picture without a player',
        text: `<img src="${at(`/live/${id}/stream?width=640&fps=5`)}" alt="">`,
      },
    ],
  };
}

function addresses(links: Camera['links'], at: (path: string) => string): RecipeGroup {
  return {
    title: 'Other addresses',
    words: 'For players and programs that speak one of these.',
    recipes: [
      {
        name: 'HLS',
        text: at(links.hls),
        hint: 'Safari, smart TVs, hls.js; low latency where the player can.',
      },
      { name: 'WebRTC (WHEP)', text: at(links.whep), hint: 'The fastest way where UDP passes.' },
      {
        name: 'Motion JPEG',
        text: at(links.mjpeg),
        hint: 'width, fps (1 to 60) and quality (1 to 100) may follow.',
      },
      { name: 'Newest picture', text: `curl -o picture.jpg ${quoted(at(links.snapshot))}` },
    ],
  };
}

function sending(whip: string, rtsp: string | undefined): RecipeGroup {
  const push = rtsp && {
    name: 'FFmpeg',
    text: `ffmpeg -re -i input.mp4 -c copy -f rtsp -rtsp_transport tcp ${quoted(rtsp)}`,
    hint: 'Any program that can send with RTSP (ANNOUNCE) sends to this address.',
  };
  return {
    title: 'Send to this camera',
    words: 'It shows whatever is sent here, from one sender at a time.',
    recipes: [
      ...(push ? [push] : []),
      { name: 'WebRTC (WHIP)', text: whip, hint: 'OBS Studio: Settings, Stream, Service: WHIP.' },
    ],
  };
}

/** The server knows its port; by which name it is reached, only the browser knows. */
function reachable(url: string, origin: string): string {
  const [, scheme = 'rtsp:', port = '', path = ''] = /^(rtsps?:)\/\/[^/]*?(:\d+)?(\/.*)$/.exec(url) ?? [];
  return `${scheme}//${new URL(origin).hostname}${port}${path}`;
}

function withStart(url: string): string {
  return `${url}?start=keyframe`;
}

/** For a shell: addresses may hold `&` and `?`. */
function quoted(text: string): string {
  return `"${text}"`;
}
