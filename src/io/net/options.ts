/**
 * Networks as people write them in settings.
 */
import { z } from 'zod';
import { parseNetwork } from './address-rules.ts';

export const networkSchema = z.string().refine((text) => parseNetwork(text).ok, {
  error: 'must be an address or a network, for example 192.168.1.20 or 10.0.0.0/8',
});
