import type { Context } from 'hono';
import * as z from 'zod';
import { invalid } from '../core/errors.ts';
import { defaultSampling, type SpeechRequest } from '../core/request.ts';
import { audioFormatNames, type Output } from '../speech/output.ts';
import type { HttpEnv } from './env.ts';
import {
  choiceField,
  integerField,
  isLongerThan,
  numberField,
  parseFields,
  type Range,
  speechRanges,
} from './fields.ts';
import type { Limits } from './options.ts';

/** What to say and how to answer. */
export interface LinkedSpeech {
  readonly request: SpeechRequest;
  readonly output: Output;
}

const number = (name: string, range: Range): z.ZodType<number | undefined> =>
  numberField(name, range).optional();

/** What a signed address says. Its members keep their names: an address is played for a month by whichever version runs then. */
const payload = z.object({
  input: z.string(),
  voice: z.string().optional(),
  /** Of the Fish Audio cloud. */
  model: z.string().optional(),
  /** For upstreams that are told how to speak. */
  instructions: z.string().optional(),
  speed: numberField('speed', speechRanges.speed),
  seed: integerField('seed', speechRanges.seed).optional(),
  volume: number('volume', speechRanges.volume),
  response_format: choiceField('response_format', audioFormatNames),
  sample_rate: number('sample_rate', speechRanges.sampleRate),
  bitrate: number('bitrate', speechRanges.bitrate),
});

/** What is signed: everything that was asked for, and nothing of who asked. */
export function toLinkPayload(request: SpeechRequest, output: Output): z.infer<typeof payload> {
  const { text: input, voice, model, instructions, speed, seed, volumeDb: volume } = request;
  const { format: response_format, rate: sample_rate, bitrate } = output;
  return { input, voice, model, instructions, speed, seed, volume, response_format, sample_rate, bitrate };
}

/** @throws SpeechFailure invalid_value for a text that is longer than this server still takes */
export function readLinkPayload(signed: unknown, limits: Limits): LinkedSpeech {
  const fields = parseFields(payload, signed);
  if (isLongerThan(fields.input, limits.maxInputLength)) {
    throw invalid(`input must have at most ${limits.maxInputLength} characters`, 'input');
  }
  return {
    request: {
      text: fields.input,
      voice: fields.voice,
      speed: fields.speed,
      references: [],
      sampling: defaultSampling,
      whole: false,
      seed: fields.seed,
      volumeDb: fields.volume,
      model: fields.model,
      instructions: fields.instructions,
      repeatable: true,
    },
    output: {
      format: fields.response_format,
      rate: fields.sample_rate,
      bitrate: fields.bitrate,
      whole: false,
      maxWholeBytes: limits.maxWholeAudio,
    },
  };
}

/** As the client sees this server; only a proxy that is trusted may say otherwise. */
export function publicUrl(c: Context<HttpEnv>): string {
  const url = new URL(c.req.url);
  const host = c.req.header('host');
  const scheme = c.get('forwardedProto') ?? url.protocol.slice(0, -1);
  return `${scheme}://${host ?? url.host}`;
}
