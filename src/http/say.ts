import type { Context } from 'hono';
import type { Output } from '../speech/output.ts';
import type { SpeechRequest } from '../speech/request.ts';
import { type Speech, speak } from '../speech/speak.ts';
import type { HttpEnv } from './env.ts';
import type { HttpOptions } from './options.ts';

interface SayOptions extends Pick<HttpOptions, 'engine' | 'ports' | 'dictionary' | 'usage'> {
  /** Its characters were counted before, by `pay`. */
  readonly isPaid?: boolean;
}

/** Counts a text that is to be spoken later. @throws SpeechFailure rate_limit_exceeded */
export async function pay(
  c: Context<HttpEnv>,
  text: string,
  { usage }: Pick<HttpOptions, 'usage'>,
): Promise<void> {
  const characters = lengthOf(text);
  await c.get('charge')(characters);
  const key = c.get('key')?.name;
  if (key !== undefined) usage.count(key, { requests: 1, characters });
}

/**
 * Speaks for the client of `c`: counts its characters against its limit, says words as they were taught, tells the engine
 * who asks, and stops when the client leaves.
 * @param signal aborts when the client leaves; by default its request's own
 * @throws SpeechFailure before any audio exists
 */
export async function say(
  c: Context<HttpEnv>,
  request: SpeechRequest,
  output: Output,
  { engine, ports, dictionary, usage, isPaid = false }: SayOptions,
  signal: AbortSignal = c.req.raw.signal,
): Promise<Speech> {
  const key = c.get('key')?.name;
  const characters = lengthOf(request.text);
  if (!isPaid) await c.get('charge')(characters);
  const taught = await dictionary.apply(request);
  const more =
    request.more &&
    charged(request.more, c.get('charge'), (count) => {
      if (key !== undefined) usage.count(key, { characters: count });
    });
  const asked = { ...taught, more, client: request.client ?? c.get('client') };
  const speech = await speak(asked, output, { engine, ...ports }, signal);
  if (key !== undefined) {
    if (!isPaid) usage.count(key, { requests: 1, characters });
    speech.heard.onWhole(() => usage.count(key, { audioSeconds: speech.heard.seconds }));
  }
  return speech;
}

/** In code points, as all limits of text. */
function lengthOf(text: string): number {
  return [...text].length;
}

async function* charged(
  texts: AsyncIterable<string>,
  charge: (characters: number) => Promise<void>,
  onCharged: (characters: number) => void,
): AsyncGenerator<string, void, void> {
  for await (const text of texts) {
    const characters = lengthOf(text);
    await charge(characters);
    onCharged(characters);
    yield text;
  }
}
