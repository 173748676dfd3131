import * as z from 'zod';
import type { EngineHealth, OriginHealth } from '../core/engine.ts';

/** Of every address that tells how the server is. */
export const healthQuery = z.object({
  detailed: z.enum(['true', 'false'], { error: 'detailed must be true or false' }).optional(),
});

/** How the engine is, and each of the origins behind it, as every address that tells shows it. */
export function showHealth(health: EngineHealth): object {
  return { ...showOne(health), origins: health.origins?.map(showOne) };
}

export function showOne({ healthy, latencyMs, error, version }: OriginHealth): object {
  return { status: healthy ? 'healthy' : 'unhealthy', latency_ms: latencyMs, error, version };
}
