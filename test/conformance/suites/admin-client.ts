import type { RunningServer } from '../server.ts';
import type { OpenaiError } from './context.ts';

interface Asking {
  readonly key?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export function ask(
  server: RunningServer,
  method: string,
  path: string,
  asking: Asking = {},
): Promise<Response> {
  const { key, headers = {}, body } = asking;
  return fetch(server.url + path, {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

export async function codeOf(response: Response): Promise<readonly [number, string]> {
  return [response.status, ((await response.json()) as OpenaiError).error.code];
}
