/**
 * RFC 9457 problem details, with a stable `code` that programs may test.
 */
import { z } from 'zod';

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ example: 'camera-not-found' }),
  detail: z.string().meta({ description: 'What is wrong, where, and what to do' }),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .meta({ description: 'Each wrong field of the request' }),
  state: z.string().optional(),
  sinceMs: z.number().optional(),
  nextTryMs: z.number().nullable().optional(),
  beforeMs: z.number().nullable().optional().meta({ description: 'Where the nearest footage before ends' }),
  afterMs: z.number().nullable().optional().meta({ description: 'Where the nearest footage after begins' }),
});
export type Problem = z.infer<typeof problemSchema>;
