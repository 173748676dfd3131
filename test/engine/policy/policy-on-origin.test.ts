import { describe, expect, test } from 'vitest';
import { localHash } from '../../../src/adapters/local/local.ts';
import { WAV_HEADER_BYTES } from '../../../src/audio/wav.ts';
import type { Engine } from '../../../src/core/engine.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { continuity } from '../../../src/engine/policy/continuity.ts';
import { createSpeechKeeping } from '../../../src/engine/policy/kept-speech.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { createSpeechKey, share } from '../../../src/engine/policy/share.ts';
import { createMemoryBlobs } from '../../../src/state/memory.ts';
import { createRelay } from '../../../src/stream/pass-through.ts';
import { wasm } from '../../audio/codecs.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { realClock as clock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf, nobodyLeaves, say } from '../fish/fish-client.ts';
import { place, poolOf } from '../upstream/pool-support.ts';

const TEXT = 'One is here. Two is over there, far away. Three is nowhere to be seen by anybody.';

/** The policies as they are put together for an origin. */
function speaking(origin: FakeOrigin): Engine {
  const blobs = createMemoryBlobs({ maxBytes: 10_000_000 }, clock);
  const keeping = createSpeechKeeping(
    { engine: 'fish', blobs, maxAgeMs: 60_000 },
    { clock, createHash: localHash },
  );
  const source = poolOf(
    [place(origin, { slots: 100 })],
    {},
    { relay: createRelay(clock, { readerMs: 60_000 }) },
  );
  const key = createSpeechKey(source, ({ voice = '' }) => voice);
  const keeps = ({ seed }: SpeechRequest): boolean => seed !== undefined;
  const shared = share({ key, keeping, keeps }, { clock })(source);
  const enabled = ({ whole }: { whole: boolean }): boolean => !whole;
  return segments({ enabled, alone: 'untouched', growth: 2 }, { wasm })(continuity()(shared));
}

interface SpokenBody {
  readonly text: string;
  readonly seed: number | null;
  readonly references: readonly { readonly audio: Uint8Array; readonly text: string }[];
}
const bodies = (origin: FakeOrigin): SpokenBody[] => origin.spoken.map(({ body }) => body as SpokenBody);

describe('on an origin that speaks each segment at once', () => {
  test('one hundred identical requests cause one synthesis per segment, in one voice', async () => {
    const origin = await anOrigin({ secondsPerWord: 0.02 });
    const engine = speaking(origin);
    const streams = await Promise.all(
      Array.from({ length: 100 }, () => engine.open(say(TEXT), nobodyLeaves())),
    );
    const heard = await Promise.all(streams.map(bytesOf));
    expect(new Set(heard.map((bytes) => bytes.toString('base64'))).size).toBe(1);
    const [first, ...rest] = bodies(origin);
    expect([first, ...rest].map((body) => body?.text).join(' ')).toBe(TEXT);
    for (const body of rest) {
      expect(body.references).toMatchObject([{ text: first?.text }]);
      expect(String.fromCharCode(...(body.references[0]?.audio.subarray(0, 4) ?? []))).toBe('RIFF');
      expect(body.references[0]?.audio.length).toBeGreaterThan(WAV_HEADER_BYTES);
      expect(body.seed).not.toBeNull();
    }
  });

  test('a named voice is carried by every segment', async () => {
    const origin = await anOrigin({ secondsPerWord: 0.02, references: ['anna'] });
    await bytesOf(await speaking(origin).open(say(TEXT, { voice: 'anna' }), nobodyLeaves()));
    for (const body of bodies(origin)) expect(body).toMatchObject({ reference_id: 'anna' });
    expect(new Set(bodies(origin).map(({ seed }) => seed)).size).toBe(1);
  });

  test('a seeded text is spoken once, and again from what was kept, byte for byte', async () => {
    const origin = await anOrigin({ secondsPerWord: 0.02 });
    const engine = speaking(origin);
    const first = await bytesOf(await engine.open(say(TEXT, { seed: 5 }), nobodyLeaves()));
    const before = origin.spoken.length;
    const again = await engine.open(say(TEXT, { seed: 5 }), nobodyLeaves());
    expect(again.cache?.state).toBe('hit');
    expect((await bytesOf(again)).equals(first)).toBe(true);
    expect(origin.spoken).toHaveLength(before);
  });

  test('a short text keeps the origin’s own stream, to be moved natively', async () => {
    const origin = await anOrigin({ secondsPerWord: 0.02 });
    const stream = await speaking(origin).open(say('Hello there.'), nobodyLeaves());
    expect(stream.relayed).toBeDefined();
    await stream.body.cancel();
    expect(bodies(origin)).toEqual([{ text: 'Hello there.', format: 'wav', streaming: true }]);
  });

  test('a request in one piece goes to the origin in one piece', async () => {
    const origin = await anOrigin({ secondsPerWord: 0.02 });
    await bytesOf(await speaking(origin).open(say(TEXT, { whole: true }), nobodyLeaves()));
    expect(bodies(origin).map(({ text }) => text)).toEqual([TEXT]);
  });

  test('an origin that dies in a later segment breaks the body after what came before', async () => {
    const origin = await anOrigin({ secondsPerWord: 0.02 });
    const text = 'One is here. [[dieAfterBytes=300]] Two is over there.';
    const stream = await speaking(origin).open(say(text), nobodyLeaves());
    await expect(bytesOf(stream)).rejects.toMatchObject({ error: { code: 'origin_unavailable' } });
    expect(stream.timeline?.[0]).toMatchObject({ text: 'One is here.', start: 0 });
  });
});
