import type { Context } from 'hono';
import type { Output } from '../speech/output.ts';
import type { SpeechRequest } from '../speech/request.ts';
import { type Speech, speak } from '../speech/speak.ts';
import type { HttpEnv } from './env.ts';
import type { HttpOptions } from './options.ts';

/**
 * Speaks for the client of `c`: counts its characters against its limit, says words as they were taught, tells the engine
 * who asks, and stops when the client leaves.
 * @throws SpeechFailure before any audio exists
 */
export async function say(
  c: Context<HttpEnv>,
  request: SpeechRequest,
  output: Output,
  { engine, ports, dictionary, usage }: Pick<HttpOptions, 'engine' | 'ports' | 'dictionary' | 'usage'>,
): Promise<Speech> {
  const characters = [...request.text].length; // code points, as all limits of text
  await c.get('charge')(characters);
  const taught = await dictionary.apply(request);
  const asked = { ...taught, client: request.client ?? c.get('client') };
  const speech = await speak(asked, output, { engine, ...ports }, c.req.raw.signal);
  const key = c.get('key')?.name;
  if (key !== undefined) {
    usage.count(key, { requests: 1, characters });
    speech.heard.onWhole(() => usage.count(key, { audioSeconds: speech.heard.seconds }));
  }
  return speech;
}
