/**
 * What we tell the camera while it plays: receiver reports (RFC 3550, 6.4.2), and packets that keep
 * the way through routers open. The only outgoing bytes next to keep-alives.
 */
import type { Random } from '../../io/random.ts';
import type { Intake } from '../../media/ingest/intake.ts';
import { receiverReport } from '../../media/ingest/reports.ts';
import type { Arrival } from '../../media/rtp/capture-clock.ts';
import { writeInterleaved } from '../../media/rtsp/message.ts';
import type { AgreedTrack } from './session.ts';
import type { UdpPaths } from './udp-paths.ts';
import type { Wire } from './wire.ts';

export class Reports {
  readonly #intake: Intake;
  readonly #tracks: readonly AgreedTrack[];
  readonly #everyMs: number;
  readonly #ssrc: number;
  #dueMs = Number.NEGATIVE_INFINITY;

  /** @param tracks that were agreed, in the order of the intake's; may grow. */
  constructor(intake: Intake, tracks: readonly AgreedTrack[], everyMs: number, random: Random) {
    this.#intake = intake;
    this.#tracks = tracks;
    this.#everyMs = everyMs;
    this.#ssrc = new DataView(new Uint8Array(random(4)).buffer).getUint32(0);
  }

  /** Sends when it is time; the first time at once, which opens the way for UDP. */
  tick(arrival: Arrival, wire: Wire, paths: UdpPaths | undefined): void {
    if (arrival.monotonicMs < this.#dueMs) return;
    this.#dueMs = arrival.monotonicMs + this.#everyMs;
    for (const [index, { route }] of this.#tracks.entries()) {
      const bytes = receiverReport(this.#intake, index, this.#ssrc, arrival);
      if (route.kind === 'tcp') {
        wire.send(writeInterleaved(route.channels[1], bytes));
      } else if (paths && route.cameraPorts) {
        paths.punchHole(route.ports, route.cameraPorts);
        paths.sendRtcp(route.ports, route.cameraPorts, bytes);
      }
    }
  }
}
