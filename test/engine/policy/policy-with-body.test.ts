import { expect, test } from 'vitest';
import type { Engine, PcmStream, Policy } from '../../../src/core/engine.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { admission } from '../../../src/engine/policy/admission.ts';
import { continuity } from '../../../src/engine/policy/continuity.ts';
import { prosody } from '../../../src/engine/policy/prosody.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { share } from '../../../src/engine/policy/share.ts';
import { streamingInput } from '../../../src/engine/policy/streaming-input.ts';
import { wasm } from '../../audio/codecs.ts';
import { realClock as clock } from '../../stream/fake-clock.ts';
import { asking, RATE, readAll, sound } from './policy-engine.ts';

const told = { engine: 'fake', queueMs: 7, voiceConfirmed: false } as const;

/** An engine whose audio the runtime could move by itself, past every policy. */
const relaying: Engine = {
  id: 'fake',
  voices: async () => [],
  open: async (): Promise<PcmStream> => ({
    ...told,
    rate: RATE,
    channels: 1,
    body: new Blob([sound(200) as Uint8Array<ArrayBuffer>]).stream(),
    relayed: () => {
      throw new Error('The audio went past a policy.');
    },
  }),
};
const demand = { share: () => 0.1, workMs: () => 1 };
const key = async (): Promise<string> => 'a';
async function* moreOf(text: string): AsyncGenerator<string> {
  yield text;
}

/** Each policy that replaces a body, and a request for which it does. */
const replacing: readonly (readonly [string, Policy, Partial<SpeechRequest>])[] = [
  ['volume', prosody(async () => Promise.reject(new Error('no'))), { volumeDb: -6 }],
  ['segments', segments({}, { wasm, clock }), {}],
  ['more text', streamingInput({ isOneUtterance: true }, { wasm, clock }), { more: moreOf('Two.') }],
  ['a first part whose voice goes on', continuity(), { utteranceId: {} }],
  ['a queue', admission({ starting: 1, maxPending: 1, demandOf: async () => demand }, { clock }), {}],
];

test.each(replacing)(
  '%s: nothing moves the old audio past it, and how it was made is still told',
  async (_, policy, more) => {
    const stream = await policy(relaying).open(asking('One.', more), new AbortController().signal);
    expect(stream.relayed).toBeUndefined();
    expect(stream).toMatchObject({ engine: told.engine, voiceConfirmed: told.voiceConfirmed });
    expect(stream.queueMs).toBeGreaterThanOrEqual(told.queueMs);
    expect((await readAll(stream)).length).toBeGreaterThan(0);
  },
);

test('speech that several hear is moved by nobody', async () => {
  const shared = share({ key }, { clock })(relaying);
  const open = (): Promise<PcmStream> => shared.open(asking('One.'), new AbortController().signal);
  for (const stream of await Promise.all([open(), open()])) {
    expect(stream.relayed).toBeUndefined();
    expect((await readAll(stream)).length).toBe(400);
  }
});
