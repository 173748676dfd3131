import * as z from 'zod';

export const healthQuery = z.object({
  detailed: z.enum(['true', 'false'], { error: 'detailed must be true or false' }).optional(),
});
