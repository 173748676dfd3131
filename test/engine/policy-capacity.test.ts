import { expect, it } from 'vitest';
import type { Engine, PcmStream } from '../../src/engine/engine.ts';
import { capacity } from '../../src/engine/policy/capacity.ts';
import { defaultSampling, type SpeechRequest } from '../../src/speech/request.ts';
import { pullStream } from '../../src/stream/pull.ts';

const request: SpeechRequest = {
  text: 'a',
  speed: 1,
  references: [],
  sampling: defaultSampling,
  whole: false,
};

function engine(fails = false): Engine {
  const body = (): ReadableStream<Uint8Array> =>
    pullStream(async function* () {
      yield new Uint8Array(2);
    });
  return {
    id: 'fake',
    voices: async () => [],
    open: async () => {
      if (fails) throw new Error('no');
      return { rate: 8000, channels: 1, engine: 'fake', body: body() };
    },
  };
}

const open = (from: Engine): Promise<PcmStream> => from.open(request, new AbortController().signal);

it('refuses one stream too many until another ended, was cancelled or failed', async () => {
  const limited = capacity(2)(engine());
  const [first, second] = [await open(limited), await open(limited)];
  await expect(open(limited)).rejects.toMatchObject({ error: { code: 'overloaded' } });
  await new Response(first.body).arrayBuffer();
  const third = await open(limited);
  await expect(open(limited)).rejects.toMatchObject({ error: { code: 'overloaded' } });
  await second.body.cancel();
  await third.body.cancel();
  await open(limited);
});

it('counts no stream that never opened', async () => {
  const limited = capacity(1)(engine(true));
  for (let again = 0; again < 3; again++) await expect(open(limited)).rejects.toThrow('no');
});

it('counts no stream that the runtime would move past it: it hands on the body alone', async () => {
  const inner = engine();
  const relaying: Engine = {
    ...inner,
    open: async (asked, signal) => ({
      ...(await inner.open(asked, signal)),
      relayed: () => {
        throw new Error('Nobody moves it.');
      },
    }),
  };
  expect((await open(capacity(1)(relaying))).relayed).toBeUndefined();
});
