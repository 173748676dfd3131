import * as z from 'zod';
import { invalid } from '../../speech/errors.ts';
import { defaultSampling, type SpeechRequest } from '../../speech/request.ts';
import { isBlank } from '../../speech/speakable.ts';
import { isLongerThan } from './fields.ts';

/** The five speeds of the query API and the length scales they stand for (requirements page 2): larger is slower. */
const lengthScales = { very_slow: 1.5, slow: 1.2, normal: 1, fast: 0.6, very_fast: 0.4 } as const;
/** Addresses of 14 kB have to work; servers refuse those beyond 16 kB by themselves. */
const maxText = 16_000;
type SpeedName = keyof typeof lengthScales;

export interface TtsQuery {
  readonly text: string;
  readonly speed: SpeedName;
  readonly request: SpeechRequest;
}

const query = z.object({
  text: z
    .string({ error: 'Missing text parameter.' })
    .refine((text) => !isBlank(text), { error: 'Missing text parameter.' }),
  speed: z
    .enum(Object.keys(lengthScales) as [SpeedName, ...SpeedName[]], { error: 'Invalid speed parameter.' })
    .default('normal'),
  voice: z.string().max(256, { error: 'Invalid voice parameter.' }).optional(),
});

/**
 * `?text=&speed=` of `GET /tts` and `GET /tts/stream`; `voice` is ours. A missing speed is `normal`, as the later versions
 * of that service take it.
 * @throws SpeechFailure invalid_value with that service's messages
 */
export function parseTtsQuery(url: URL, whole: boolean): TtsQuery {
  const asked = Object.fromEntries(url.searchParams);
  const result = query.safeParse({ ...asked, speed: asked.speed === '' ? undefined : asked.speed });
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(issue?.message ?? 'Invalid parameters.', issue?.path[0]?.toString());
  }
  const { text, speed, voice } = result.data;
  if (isLongerThan(text, maxText)) throw invalid(`Text must have at most ${maxText} characters.`, 'text');
  const request = {
    text,
    voice,
    speed: 1 / lengthScales[speed],
    references: [],
    sampling: defaultSampling,
    repeatable: true,
    whole,
  };
  return { text, speed, request };
}

/** SHA-1 of text and speed in hex: the name that service gives a file. It names, it protects nothing. */
export async function hashOf(text: string, speed: string, voice?: string): Promise<string> {
  const named = text + speed + (voice === undefined ? '' : `\0${voice}`);
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(named));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
