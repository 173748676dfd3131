import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
import { isLongerThan, parseFields } from '../../http/fields.ts';
import { isBlank } from '../../speech/speakable.ts';

/** The five speeds of the query API and the length scales they stand for (docs/dialects.md, the query API): larger is slower. */
const lengthScales = { very_slow: 1.5, slow: 1.2, normal: 1, fast: 0.6, very_fast: 0.4 } as const;
/** Addresses of 14 kB have to work; servers refuse those beyond 16 kB by themselves. */
const MAX_TEXT = 16_000;
type SpeedName = keyof typeof lengthScales;

export type TtsQuery = Readonly<z.infer<typeof query>>;

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
export function parseTtsQuery(url: URL): TtsQuery {
  const asked = Object.fromEntries(url.searchParams);
  const speed = asked.speed === '' ? undefined : asked.speed;
  const fields = parseFields(query, { ...asked, speed }, 'Invalid parameters.');
  if (isLongerThan(fields.text, MAX_TEXT))
    throw invalid(`Text must have at most ${MAX_TEXT} characters.`, 'text');
  return fields;
}

export function requestOf({ text, speed, voice }: TtsQuery, whole: boolean): SpeechRequest {
  return {
    text,
    voice,
    speed: 1 / lengthScales[speed],
    references: [],
    sampling: defaultSampling,
    repeatable: true,
    whole,
  };
}

export interface FileNames {
  /** 40 hex digits that mean this query and no other. */
  readonly own: string;
  /** What that service would call it, where there it is the name of another query too. */
  readonly mistaken?: string | undefined;
}

/**
 * SHA-1 of text and speed, as that service names its files: clients work it out by themselves. Written behind each other,
 * `Go very_` + `slow` reads as `Go ` + `very_slow`; such a name means the longest speed that it ends with, and the other
 * query gets a name of its own. It names, it protects nothing.
 */
export async function fileNames({ text, speed, voice }: TtsQuery): Promise<FileNames> {
  const name = await sha1(text + speed + (voice === undefined ? '' : `\0${voice}`));
  const readsOtherwise = text.includes('\0') || (`very_${speed}` in lengthScales && text.endsWith('very_'));
  if (!readsOtherwise) return { own: name };
  return { own: await sha1(JSON.stringify([text, speed, voice ?? null])), mistaken: name };
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
