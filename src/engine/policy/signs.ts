import type { Engine, PcmStream, Policy } from '../../core/engine.ts';
import { resolveVoice } from '../../core/voices.ts';
import { normalize } from '../../speech/normalize/normalize.ts';
import { isSpeakable } from '../../speech/speakable.ts';
import { pullStream } from '../../stream/pull.ts';
import { decorate } from './opening.ts';

const RATE = 24_000;
/** A breath: what a listener hears of a sentence that is an ellipsis. */
const SILENCE_MS = 250;

/**
 * Text of signs alone. Voice agents send such "sentences" ("...", an emoji), engines fail at them, and a client that got an
 * error would drop its turn. What has a name is said ("&" is "and"), the rest is a breath of silence.
 */
export function signs(): Policy {
  return (inner) =>
    decorate(inner, async function signsOpen(request, signal) {
      if (request.more || isSpeakable(request.text)) return inner.open(request, signal);
      const named = normalize(request.text, 'en');
      if (isSpeakable(named)) return inner.open({ ...request, text: named }, signal);
      if (request.voice !== undefined) resolveVoice(request.voice, await inner.voices());
      return silence(inner);
    });
}

function silence({ id }: Engine): PcmStream {
  const length = (RATE * SILENCE_MS * 2) / 1000;
  const body = pullStream(async function* () {
    yield new Uint8Array(length);
  });
  return { rate: RATE, channels: 1, engine: id, length, body };
}
