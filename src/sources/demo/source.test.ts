import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceFault } from '../../hub/source.ts';
import type { AccessUnit, Track } from '../../media/track.ts';
import type { DemoPicture, DemoReceiver } from './source.ts';
import { DemoSource } from './source.ts';

/** Parameter sets of x264, High profile, 1280x720 at 25 pictures a second, and slices of made-up bytes. */
const sps = Buffer.from('6764001facb402802dd350101014000003000400000300ca3c60ca80', 'hex');
const pps = Buffer.from('68ef05f2c0', 'hex');
const startCode = Buffer.from([0, 0, 0, 1]);
const start = 90 * 1_700_000_000_000;

describe('the demo source', () => {
  it('delivers its track before the first picture, and pictures as NAL units', () => {
    const { receiver, tracks, units } = connect();
    receiver.unit(picture(0, true));
    receiver.unit(picture(1, false));
    receiver.unit(picture(50, true));
    assert.equal(tracks.length, 1, 'the same parameter sets are announced once');
    const { codec, clockHz } = tracks[0]![0]!;
    assert.ok(codec.kind === 'h264');
    assert.deepEqual([codec.widthPixels, codec.heightPixels, clockHz], [1280, 720, 90_000]);
    assert.deepEqual(
      units.map((unit) => [unit.pts - start, unit.dts - start, unit.wallMs - 1_700_000_000_000, unit.key]),
      [
        [0, 0, 0, true],
        [3600, 3600, 40, false],
        [180_000, 180_000, 2000, true],
      ],
    );
    assert.deepEqual(
      units[0]!.nals.map((nal) => nal[0]),
      [0x67, 0x68, 0x65],
    );
  });

  it('says nothing before it knows its configuration, and counts what it left out', () => {
    const { receiver, connection, tracks, units } = connect();
    receiver.unit(picture(0, false));
    receiver.unit({ ...picture(1, true), bytes: Buffer.from([1, 2, 3]) });
    assert.deepEqual([tracks, units], [[], []]);
    assert.equal(connection.counters().damaged, 2);
  });

  it('ends once when the worker dies, and may be tried again', () => {
    const { receiver, faults } = connect();
    receiver.ended({ kind: 'worker', message: 'It ended.' });
    receiver.ended({ kind: 'worker', message: 'It ended.' });
    assert.deepEqual(faults, [{ kind: 'worker', message: 'It ended.' }]);
  });

  it('is not supported where the worker has no native code', () => {
    const { receiver, faults } = connect();
    receiver.ended({ kind: 'unavailable', message: 'Not installed.' });
    assert.deepEqual(faults, [{ kind: 'unsupported', message: 'Not installed.' }]);
  });

  it('delivers nothing after it was closed', () => {
    const { receiver, connection, units, faults, closed } = connect();
    connection.close();
    connection.close();
    receiver.unit(picture(0, true));
    receiver.ended({ kind: 'worker', message: '' });
    assert.deepEqual([units, faults, closed()], [[], [], 1]);
  });
});

function connect() {
  const tracks: (readonly Track[])[] = [];
  const units: AccessUnit[] = [];
  const faults: SourceFault[] = [];
  let receiver: DemoReceiver | undefined;
  let closes = 0;
  const worker = {
    open: (_spec: { kind: 'demo' }, given: DemoReceiver) => {
      receiver = given;
      return { close: () => void (closes += 1) };
    },
  };
  const source = new DemoSource({ worker });
  const connection = source.connect({
    tracks: (list) => void tracks.push(list),
    unit: (unit) => void units.push(unit),
    ended: (fault) => void faults.push(fault),
  });
  return { receiver: receiver!, connection, tracks, units, faults, closed: () => closes };
}

function picture(number: number, key: boolean): DemoPicture {
  const slice = Buffer.from([key ? 0x65 : 0x41, 0x88, 0x84]);
  const nals = key ? [sps, pps, slice] : [slice];
  const bytes = Buffer.concat(nals.flatMap((nal) => [startCode, nal]));
  return { time: start + number * 3600, wallMs: 1_700_000_000_000 + number * 40, key, bytes };
}
