import * as z from 'zod';
import { invalid, type SpeechFailure } from '../../core/errors.ts';
import { firstIssue } from '../../core/first-issue.ts';
import { toBase64 } from '../../http/audio-bytes.ts';
import { booleanField, optional } from '../../http/fields.ts';
import type { EventWriter } from '../../live/utterance.ts';
import type { DeliveryProgress } from '../../speech/delivery-progress.ts';
import { socketError } from './error-body.ts';
import { type CommonFields, commonFields } from './speech-body.ts';
import type { Aligner, Characters } from './timestamps.ts';
import { createFollower, joined } from './timestamps.ts';

const MAX_KEY = 512;
const MAX_SCHEDULE = 16;
/** Of `chunk_length_schedule` (API reference). */
const scheduleRange = { min: 5, max: 500 };

const flag = (name: string): z.ZodType<boolean | undefined> => optional(booleanField(name));
const key = optional(z.string().max(MAX_KEY));
const generationConfig = optional(
  z.object({
    chunk_length_schedule: optional(
      z.array(z.number().min(scheduleRange.min).max(scheduleRange.max)).max(MAX_SCHEDULE),
    ),
  }),
);

const message = z.object({
  text: z.string(),
  try_trigger_generation: flag('try_trigger_generation'),
  flush: flag('flush'),
});

const firstMessage = message.extend({
  ...commonFields,
  generation_config: generationConfig,
  generator_config: generationConfig, // the reference has both names
  xi_api_key: key,
  'xi-api-key': key,
  authorization: key,
});

/** What a client sends at any time; its first message says how it wants to be spoken to as well. */
export interface InputMessage {
  readonly text: string;
  readonly flush?: boolean | undefined;
}

export interface FirstMessage extends InputMessage, CommonFields {
  /** The key, where the handshake had none. */
  readonly token?: string | undefined;
  /** Characters that are worth speaking at once. */
  readonly partLength?: number | undefined;
}

const unreadable =
  'Could not parse input message, make sure it is a json and follows the schema outlined in protocol.';

/** @throws SpeechFailure invalid_value */
export function readMessage(data: string | Uint8Array): InputMessage {
  return parsed(message, data);
}

/** @throws SpeechFailure invalid_value */
export function readFirstMessage(data: string | Uint8Array): FirstMessage {
  const fields = parsed(firstMessage, data);
  const bearer = fields.authorization?.replace(/^bearer\s+/i, '');
  const schedule = (fields.generation_config ?? fields.generator_config)?.chunk_length_schedule;
  return {
    ...fields,
    token: fields.xi_api_key ?? fields['xi-api-key'] ?? bearer,
    partLength: schedule?.at(-1),
  };
}

function parsed<T>(schema: z.ZodType<T>, data: string | Uint8Array): T {
  let value: unknown;
  try {
    value = JSON.parse(typeof data === 'string' ? data : '');
  } catch {
    throw invalid(unreadable);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = firstIssue(result.error);
  throw invalid(`${unreadable} (${issue.path.join('.')}: ${issue.message})`, issue.path[0]);
}

/** The last message: everything was said. */
const finalOutput: string = JSON.stringify({
  audio: null,
  isFinal: true,
  normalizedAlignment: null,
  alignment: null,
});

/** The messages of one utterance: audio with the characters that became known, timed from where those before them ended. */
export function audioMessages(aligner: Aligner): EventWriter {
  let follow: ReturnType<typeof createFollower> | undefined;
  let toldMs = 0;
  const next = (progress: DeliveryProgress): Characters => {
    follow ??= createFollower(progress, aligner);
    return follow();
  };
  const write = (audio: Uint8Array, characters: Characters): string => {
    const alignment = characters.characters.length === 0 ? null : alignmentJson(characters, toldMs);
    toldMs = Math.max(toldMs, inMs(characters.ends.at(-1) ?? 0));
    return JSON.stringify({
      audio: toBase64(audio),
      isFinal: null,
      normalizedAlignment: alignment,
      alignment,
    });
  };
  return {
    audio: (audio, progress) => [write(audio, next(progress))],
    rest(progress) {
      const last = joined([next(progress), aligner.rest(progress.seconds)]);
      return last.characters.length === 0 ? [] : [write(new Uint8Array(), last)];
    },
    finish: (failure?: SpeechFailure) => (failure ? JSON.stringify(socketError(failure.error)) : finalOutput),
  };
}

/** The API reference says `charDurationsMs`, and clients read `charsDurationsMs` too. */
function alignmentJson({ characters: chars, starts, ends }: Characters, fromMs: number): object {
  const charStartTimesMs = starts.map((start) => inMs(start) - fromMs);
  const charDurationsMs = ends.map((end, index) => inMs(end) - inMs(starts[index] ?? end));
  return { chars, charStartTimesMs, charDurationsMs, charsDurationsMs: charDurationsMs };
}

function inMs(seconds: number): number {
  return Math.round(seconds * 1000);
}
