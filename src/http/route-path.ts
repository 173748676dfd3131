import { getPath } from 'hono/utils/url';

/** Azure's way to OpenAI's routes. The deployment is a model, and the body names that too. */
const azurePrefix = /^\/openai\/(?:v1|deployments\/[^/]{1,256})(?=\/)/;

/**
 * The path by which a request finds its route, and by which it is let in: one spelling for what clients write in several.
 * A slash at the end, or two at the beginning, say nothing (base addresses that end in one), and Azure's routes are OpenAI's.
 */
export function routePath(request: Request): string {
  const path = getPath(request)
    .replace(/^\/\//, '/')
    .replace(/(?<=.)\/$/, '');
  return path.replace(azurePrefix, '/v1');
}
