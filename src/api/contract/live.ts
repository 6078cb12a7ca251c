/**
 * The live WebSocket, `/ws/live` (subprotocol `sightline.live.1`): what a viewer may say. What the server says, and how
 * its binary frames look, is in `outputs/live/messages.ts`.
 */
import { z } from 'zod';

export type { ServerMessage } from '../../outputs/live/messages.ts';

export const liveProtocol = 'sightline.live.1';

export const livePath = '/ws/live';

const channel = z
  .int()
  .min(0)
  .max(65_535)
  .meta({ description: 'Chosen by the client, one for each picture' });

export const clientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    channel,
    camera: z.string().max(64),
    /** `auto`: the smaller one where there is one and the picture is shown narrower than 640 pixels. */
    source: z.enum(['auto', 'main', 'sub']).default('main'),
    /** `mp4` for Media Source Extensions; `jpeg` for browsers and streams where that does not work. */
    format: z.enum(['mp4', 'jpeg']).default('mp4'),
    /** Width it is shown at in device pixels, for `auto` and `jpeg`. */
    width: z.int().min(16).max(3840).optional(),
    /** For `jpeg`. */
    fps: z.int().min(1).max(60).default(5),
    quality: z.int().min(1).max(100).default(70),
  }),
  z.strictObject({ type: z.literal('unsubscribe'), channel }),
]);
export type ClientMessage = z.input<typeof clientMessageSchema>;
