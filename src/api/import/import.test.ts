import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Imported } from './import.ts';
import { importCameras } from './import.ts';

const sample = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'testdata', `${name}.yaml`), 'utf8');

function imported(text: string, variables: Record<string, string> = {}): Imported {
  const result = importCameras({ format: 'auto', text, variables });
  assert.ok(result.ok, result.ok ? '' : result.error);
  return result.value;
}

function camera({ cameras }: Imported, externalId: string) {
  const found = cameras.find((one) => one.externalId === externalId);
  assert.ok(found, `no ${externalId} among ${cameras.map((one) => one.externalId).join(', ')}`);
  return found;
}

const ids = ({ cameras }: Imported) => cameras.map(({ externalId }) => externalId);
const notesAt = ({ notes }: Imported, where: string) =>
  notes.filter((note) => note.where === where).map(({ message }) => message);
const rtsp = (url: string, more: object = {}) => ({
  kind: 'rtsp',
  url,
  transport: 'auto',
  verifyTls: true,
  ...more,
});

describe('a configuration of go2rtc', () => {
  const found = imported(sample('go2rtc'), { YARD_PASSWORD: 'pa ss' });

  test('becomes cameras, the smaller stream as the second source', () => {
    assert.equal(found.format, 'go2rtc');
    assert.deepEqual(ids(found), ['go2rtc:front_door', 'go2rtc:yard', 'go2rtc:garage', 'go2rtc:kitchen']);
    const door = camera(found, 'go2rtc:front_door');
    assert.equal(door.name, 'Front door');
    assert.deepEqual(door.source, rtsp('rtsp://admin:s3cret@192.168.1.20:554/Streaming/Channels/101'));
    assert.deepEqual(door.sub, rtsp('rtsp://admin:s3cret@192.168.1.20:554/Streaming/Channels/102'));
  });

  test('has its placeholders filled in, its own restreams resolved, and its own scheme understood', () => {
    assert.deepEqual(camera(found, 'go2rtc:yard').source, rtsp('rtsp://viewer:pa ss@192.168.1.21/live/main'));
    assert.deepEqual(camera(found, 'go2rtc:kitchen').source, camera(found, 'go2rtc:yard').source);
    const garage = rtsp('rtsps://192.168.1.1:7441/Xy12AbCd', { verifyTls: false });
    assert.deepEqual(camera(found, 'go2rtc:garage').source, garage);
  });

  test('never has a program run: what needs one is a note', () => {
    assert.match(
      notesAt(found, 'streams.baby').join(),
      /^exec: runs a program\. Programs are never run here/,
    );
    assert.match(notesAt(found, 'streams.yard.1').join(), /^ffmpeg: converts/);
    assert.match(notesAt(found, 'streams.doorbell').join(), /^onvif:/);
    assert.match(notesAt(found, 'publish').join(), /not sent on/);
  });

  test('says which values are missing', () => {
    const without = imported(sample('go2rtc'));
    assert.deepEqual(without.missing, ['YARD_PASSWORD']);
    const fallback = imported('streams: { a: "rtsp://u:${P:none}@h/1" }');
    assert.deepEqual(fallback.missing, []);
    assert.deepEqual(camera(fallback, 'go2rtc:a').source, rtsp('rtsp://u:none@h/1'));
  });
});

describe('a configuration of MediaMTX', () => {
  const found = imported(sample('mediamtx'));

  test('becomes cameras that connect, close, record and are limited as there', () => {
    assert.equal(found.format, 'mediamtx');
    assert.deepEqual(ids(found), ['mediamtx:gate', 'mediamtx:warehouse/north', 'mediamtx:drone']);
    const { recording: _, ...gate } = camera(found, 'mediamtx:gate');
    assert.deepEqual(gate, {
      externalId: 'mediamtx:gate',
      name: 'Gate',
      source: rtsp('rtsp://admin:s3cret@10.20.0.5:554/stream1', { transport: 'tcp' }),
      start: 'on-demand',
      closeAfterMs: 30_000,
      maxReaders: 20,
    });
    const north = camera(found, 'mediamtx:warehouse/north');
    assert.deepEqual([north.name, north.start], ['Warehouse north', 'always']);
    assert.equal(north.recording?.mode, 'continuous');
    assert.equal(north.recording.retention.maxAgeDays, 7);
    const drone = camera(found, 'mediamtx:drone');
    assert.deepEqual([drone.source, drone.maxReaders], [{ kind: 'push' }, 5]);
  });

  test('has notes for what has no counterpart', () => {
    assert.match(notesAt(found, 'paths.drone.runOnReady').join(), /never run/);
    assert.match(notesAt(found, 'paths.tv.source').join(), /UDP stream cannot be connected to/);
    assert.match(notesAt(found, 'paths.forward.source').join(), /redirect/);
    assert.match(notesAt(found, 'paths.all_others').join(), /any path/);
    assert.match(notesAt(found, 'paths.~^cam(.+)$').join(), /any path/);
    assert.match(notesAt(found, 'paths.warehouse/north.sourceFingerprint').join(), /fingerprint/);
    assert.match(notesAt(found, 'authInternalUsers').join(), /Accounts/);
  });
});

describe('a configuration of Frigate', () => {
  const found = imported(sample('frigate'), { FRIGATE_RTSP_USER: 'u', FRIGATE_RTSP_PASSWORD: 'p' });

  test('becomes cameras: what recorded is the main source, what detected the second', () => {
    assert.equal(found.format, 'frigate');
    assert.deepEqual(ids(found), ['frigate:front_door', 'frigate:back_yard', 'frigate:shed']);
    const door = camera(found, 'frigate:front_door');
    assert.deepEqual(door.source, rtsp('rtsp://u:p@10.0.10.10:554/main'));
    assert.deepEqual(door.sub, rtsp('rtsp://u:p@10.0.10.10:554/sub'));
    assert.equal(door.recording?.mode, 'continuous');
    assert.equal(door.recording.retention.maxAgeDays, 3);
  });

  test('keeps names, what is switched off, transport, and the recording of each camera', () => {
    const yard = camera(found, 'frigate:back_yard');
    assert.deepEqual([yard.name, yard.enabled], ['Garden, south', false]);
    assert.deepEqual(yard.source, rtsp('rtsp://admin:s3cret@10.0.10.11/all', { transport: 'udp' }));
    assert.equal(yard.sub, undefined);
    assert.equal(yard.recording?.retention.maxAgeDays, 14);
    assert.match(notesAt(found, 'cameras.back_yard.record').join(), /all is recorded/);
    assert.equal(camera(found, 'frigate:shed').recording, undefined);
  });

  test('has notes for what has no counterpart, and for cameras that cannot be', () => {
    assert.match(notesAt(found, 'cameras.front_door.zones').join(), /Zones/);
    assert.match(notesAt(found, 'cameras.bird_box').join(), /no input that can be used/);
    assert.match(notesAt(found, 'cameras.bird_box.ffmpeg.inputs.0.path').join(), /HTTP stream/);
  });

  test('names the placeholders it needs', () => {
    const { missing, notes } = imported(sample('frigate'));
    assert.deepEqual(missing, ['FRIGATE_RTSP_USER', 'FRIGATE_RTSP_PASSWORD']);
    assert.ok(notes.some(({ where }) => where === 'FRIGATE_RTSP_PASSWORD'));
  });
});

function refused(text: string): string {
  const result = importCameras({ format: 'auto', text, variables: {} });
  assert.ok(!result.ok);
  return result.error;
}

describe('a file that is none of these', () => {
  test('is refused in words', () => {
    for (const text of ['', 'port: 8080', '- a\n- b', '"text"', 'cameras: { a: 1 }'])
      assert.match(refused(text), /no configuration of go2rtc .*MediaMTX .*Frigate/, text);
    assert.match(refused('streams: {'), /not valid YAML/);
  });

  test('is refused when its aliases multiply, when it is too deep, and when it is too long', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const what = level === 0 ? '"x"' : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array.from({ length: 10 }, () => what).join(', ')}]`;
    });
    assert.match(refused(`${levels.join('\n')}\nstreams: *l11`), /aliases multiply/);
    assert.ok(refused(`streams: ${'['.repeat(50_000)}`).length < 500);
    assert.match(refused(`#${'x'.repeat(600_000)}`), /larger than 512 KiB/);
  });

  test('shows no password in what it says', () => {
    const text =
      'streams: { a: "tapo://admin:hunter2@10.0.0.1", b: "rtsp://u:hunter2@", c: "rtsp://u:hunter2@h" ';
    assert.doesNotMatch(refused(text), /hunter2/);
    const { notes } = imported(`${text}}`);
    assert.doesNotMatch(JSON.stringify(notes), /hunter2/);
  });
});
