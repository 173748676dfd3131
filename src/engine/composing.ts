import { createStretcher } from '../audio/dsp/stretch.ts';
import type { Config } from '../config/config.ts';
import type { Engine, Policy } from '../core/engine.ts';
import type { Ports } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import { isSpeakable } from '../speech/speakable.ts';
import { createSpeechKeeping, type SpeechKeeping } from './policy/kept-speech.ts';
import { type CreateStretcher, type ProsodyOptions, prosody } from './policy/prosody.ts';
import { createSpeechKey, share } from './policy/share.ts';

/** What a request asks for: policies that nobody needs are gone past. */
export const isOfSigns = ({ more, text }: SpeechRequest): boolean => more === undefined && !isSpeakable(text);
export const hasMoreText = ({ more }: SpeechRequest): boolean => more !== undefined;
export const isPart = ({ utteranceId }: SpeechRequest): boolean => utteranceId !== undefined;
export const hasProsody = ({ speed, volumeDb = 0 }: SpeechRequest): boolean => speed !== 1 || volumeDb !== 0;
export const isTaught = ({ pronunciations = [], phonemeOverrides = [] }: SpeechRequest): boolean =>
  pronunciations.length + phonemeOverrides.length > 0;

export function keepingOf(
  engine: 'fish' | 'onnx',
  config: Config,
  { state, ...ports }: Ports,
): SpeechKeeping {
  const options = { engine, blobs: state.blobs, maxAgeMs: config['cache.max_age'] };
  return createSpeechKeeping(options, ports);
}

/** @param repeatable whether the same request may get the same speech again, where the user did not say */
export function sharing(
  keeping: SpeechKeeping,
  voice: (request: SpeechRequest) => string | Promise<string>,
  config: Config,
  ports: Ports,
  repeatable: (request: SpeechRequest) => boolean,
): Policy {
  const keeps = (request: SpeechRequest): boolean => {
    return config['cache.default'] === 'auto' ? repeatable(request) : config['cache.default'] === 'on';
  };
  return (inner) => share({ key: createSpeechKey(inner, voice), keeping, keeps }, ports)(inner);
}

export function prosodyOf({ wasm, clock }: Ports, options: Pick<ProsodyOptions, 'native' | 'trims'>): Policy {
  const stretcher: CreateStretcher = async (rate, channels, factor) =>
    createStretcher(rate, channels, factor, await wasm('stretch'));
  return prosody(stretcher, { ...options, clock });
}

/** The first policy is the outermost. */
export function compose(policies: readonly Policy[], engine: Engine): Engine {
  return policies.reduceRight((inner, policy) => policy(inner), engine);
}
