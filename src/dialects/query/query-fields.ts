import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { isLongerThan, parseFields } from '../../http/fields.ts';
import { isBlank } from '../../speech/speakable.ts';

/** The five speeds of the query API and the length scales they stand for (docs/dialects.md, the query API): larger is slower. */
export const lengthScales = { very_slow: 1.5, slow: 1.2, normal: 1, fast: 0.6, very_fast: 0.4 } as const;
/** Addresses of 14 kB have to work; servers refuse those beyond 16 kB by themselves. */
const MAX_TEXT = 16_000;
type SpeedName = keyof typeof lengthScales;

export type TtsQuery = Readonly<z.infer<typeof queryFields>>;

export const queryFields = z.object({
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
export function parseTtsQuery(url: URL): TtsQuery {
  const asked = Object.fromEntries(url.searchParams);
  const speed = asked.speed === '' ? undefined : asked.speed;
  const fields = parseFields(queryFields, { ...asked, speed });
  if (isLongerThan(fields.text, MAX_TEXT))
    throw invalid(`Text must have at most ${MAX_TEXT} characters.`, 'text');
  return fields;
}
