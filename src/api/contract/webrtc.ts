/**
 * `POST /api/webrtc/offer`: watching over WebRTC with one JSON request.
 */
import { z } from 'zod';

/** As much as WHEP takes. */
const maxSdpLength = 64 * 1024;

export const webRtcOfferSchema = z.strictObject({
  type: z.literal('offer'),
  sdp: z.string().max(maxSdpLength),
  camera: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'Camera id; the default camera when absent. With `.sub` its second source' }),
});
export type WebRtcOfferInput = z.infer<typeof webRtcOfferSchema>;

const iceServersSchema = z.array(
  z.object({
    urls: z.array(z.string()),
    username: z.string().optional(),
    credential: z.string().optional(),
  }),
);

export const webRtcAnswerSchema = z.object({
  type: z.literal('answer'),
  sdp: z.string(),
  camera: z.string(),
  session: z.string(),
  resource: z.string().meta({ description: 'DELETE it to end the session' }),
  iceServers: iceServersSchema,
});

export const webRtcConfigSchema = z.object({ iceServers: iceServersSchema });
