import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asPackets } from '../arbitrary.testing.ts';
import { depayloadWithGstreamer, gstreamerMissing } from '../gstreamer.testing.ts';
import { splitAnnexB } from '../nal-units.ts';
import { nalsOf } from '../streams.testing.ts';
import { isSlice, typeOf } from './nal.ts';
import { packetizeH265 } from './packetize.ts';

const caps = 'media=video,clock-rate=90000,encoding-name=H265';

const files = ['x265-main.h265', 'x265-cropped-1080.h265'];

/** The access units of a stream with one slice for each picture. */
function unitsOf(file: string): Uint8Array[][] {
  const units: Uint8Array[][] = [[]];
  for (const nal of nalsOf(file)) {
    units.at(-1)?.push(nal);
    if (isSlice(typeOf(nal))) units.push([]);
  }
  return units.slice(0, -1);
}

describe('H.265 packets', () => {
  for (const file of files) {
    for (const maxBytes of [60, 400, 1400]) {
      const name = `of ${file} with at most ${maxBytes} bytes are understood by GStreamer`;
      it(name, { skip: gstreamerMissing }, () => {
        const packets = unitsOf(file)
          .flatMap((nals, i) => asPackets(packetizeH265(nals, maxBytes), 0, i * 3600))
          .map((packet, sequence) => ({ ...packet, sequence }));
        const stream = depayloadWithGstreamer(
          packets,
          caps,
          'rtph265depay ! video/x-h265,stream-format=byte-stream,alignment=au',
        );
        assert.deepEqual(
          splitAnnexB(stream).map((nal) => [...nal]),
          nalsOf(file).map((nal) => [...nal]),
        );
      });
    }
  }
});
