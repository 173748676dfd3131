import { afterEach } from 'vitest';
import type { FishApi, PcmStream } from '../../../src/core/engine.ts';
import type { Clock } from '../../../src/core/ports.ts';
import { defaultSampling, type SpeechRequest } from '../../../src/core/request.ts';
import type { FishOptions } from '../../../src/engine/fish/options.ts';
import { createFishUpstream } from '../../../src/engine/fish/upstream.ts';
import { type FakeOrigin, type FakeOriginOptions, startFakeOrigin } from '../../fake-origin.ts';
import { realClock } from '../../stream/fake-clock.ts';

const running: FakeOrigin[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((origin) => origin.close()));
});

/** A fake origin that ends with the test. */
export async function anOrigin(options: FakeOriginOptions = {}): Promise<FakeOrigin> {
  const origin = await startFakeOrigin(options);
  running.push(origin);
  return origin;
}

/** What a Fish-Speech server can do besides speaking. */
export function fishApi(options: FishOptions, clock: Clock = realClock): FishApi {
  const { fish } = createFishUpstream(options, { fetch, clock });
  if (!fish) throw new Error('It has no such routes.');
  return fish;
}

export function say(text: string, more: Partial<SpeechRequest> = {}): SpeechRequest {
  return { text, speed: 1, references: [], sampling: defaultSampling, whole: false, ...more };
}

export const nobodyLeaves = (): AbortSignal => new AbortController().signal;

export async function bytesOf(speech: PcmStream): Promise<Buffer> {
  return Buffer.from(await new Response(speech.body).arrayBuffer());
}
