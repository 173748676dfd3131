import { describe, expect, test } from 'vitest';
import { localHash } from '../../../src/adapters/local/local.ts';
import { createStretcher } from '../../../src/audio/dsp/stretch.ts';
import type { Engine, PcmStream, SpokenSegment, SpokenWord } from '../../../src/core/engine.ts';
import { createSpeechKeeping } from '../../../src/engine/policy/kept-speech.ts';
import { pronounced } from '../../../src/engine/policy/pronounced.ts';
import { prosody } from '../../../src/engine/policy/prosody.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { share } from '../../../src/engine/policy/share.ts';
import { createMemoryBlobs } from '../../../src/state/memory.ts';
import { wasm } from '../../audio/codecs.ts';
import { realClock } from '../../stream/fake-clock.ts';
import { asking, RATE, readAll, settle, sound } from './policy-engine.ts';

const never = new AbortController().signal;
const silence = (frames: number): Uint8Array => new Uint8Array(2 * frames);

/** What an engine says of one text. */
interface Saying {
  readonly pcm: readonly Uint8Array[];
  readonly words: readonly SpokenWord[];
  readonly rate?: number;
}

/** Says `sayings` one after the other; knows the words with the first audio of each. */
function saying(...sayings: Saying[]): Engine & { readonly texts: string[] } {
  const texts: string[] = [];
  return {
    id: 'fake',
    texts,
    voices: async () => [],
    async open({ text }) {
      const { pcm, words, rate = RATE } = sayings[texts.push(text) - 1] ?? { pcm: [], words: [] };
      const rest = [...pcm];
      const told: SpokenWord[] = [];
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            if (told.length === 0) told.push(...words);
            const next = rest.shift();
            if (next) controller.enqueue(next.slice());
            else controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      return { rate, channels: 1, engine: 'fake', words: () => told, body };
    },
  };
}

async function hear(engine: Engine, request = asking('One two.')): Promise<PcmStream> {
  const stream = await engine.open(request, never);
  await readAll(stream);
  await settle();
  return stream;
}

const hello: readonly SpokenWord[] = [
  { index: 0, start: 1000, end: 1400 },
  { index: 1, start: 1600, end: 2000 },
];
const twoWords: Saying = { pcm: [silence(1000), sound(1000), silence(500)], words: hello };

describe('the times of words', () => {
  const cut = segments({ firstMaxWords: async () => 2 }, { wasm });
  const timeline = async (engine: Engine, text: string): Promise<readonly SpokenSegment[]> =>
    (await hear(cut(engine), asking(text))).timeline ?? [];

  test('move with the silence that is trimmed, and with what was said before', async () => {
    const kept = RATE / 100;
    const [first, second] = await timeline(saying(twoWords, twoWords), 'One two. Three four.');
    expect(first).toMatchObject({
      words: [
        { index: 0, start: kept, end: kept + 400 },
        { index: 1, start: kept + 600, end: kept + 1000 },
      ],
    });
    expect(second?.words?.[0]).toEqual({
      index: 0,
      start: (second?.start ?? 0) + kept,
      end: (second?.start ?? 0) + kept + 400,
    });
  });

  test('stay inside their segment, also those of a silence that was cut off', async () => {
    const late = { pcm: [sound(1000), silence(5000)], words: [{ index: 0, start: 900, end: 5900 }] };
    const [only] = await timeline(saying(late), 'One.');
    expect(only?.words).toEqual([{ index: 0, start: 900, end: only?.end }]);
  });

  test('follow a silence in the middle that was too long', async () => {
    const words = [
      { index: 0, start: 0, end: 1000 },
      { index: 1, start: 1000 + 5 * RATE, end: 2000 + 5 * RATE },
    ];
    const [only] = await timeline(
      saying({ pcm: [sound(1000), silence(5 * RATE), sound(1000)], words }),
      'One two.',
    );
    expect(only?.words).toEqual([
      { index: 0, start: 0, end: 1000 },
      { index: 1, start: 1000 + 2 * RATE, end: 2000 + 2 * RATE },
    ]);
  });

  test('are counted in the form of the first segment', async () => {
    const [, second] = await timeline(
      saying(twoWords, { ...twoWords, rate: 2 * RATE }),
      'One two. Three four.',
    );
    const kept = RATE / 100;
    expect(second?.words?.[1]).toMatchObject({ start: (second?.start ?? 0) + kept + 300 });
  });

  test.each([0.5, 2])('at a speed of %f are those of the stretched audio', async (factor) => {
    const sonic = await wasm('stretch');
    const stretched = prosody(async (...form) => createStretcher(...form, sonic));
    const { words } = await hear(stretched(saying(twoWords)), asking('One two.', { speed: factor }));
    expect(words?.()).toEqual(
      hello.map(({ index, start, end }) => ({ index, start: start / factor, end: end / factor })),
    );
  });

  test('are those of what is left where silence was cut off before it was stretched', async () => {
    const sonic = await wasm('stretch');
    const stretched = prosody(async (...form) => createStretcher(...form, sonic), { trims: true });
    const kept = RATE / 100;
    const words = [{ index: 0, start: RATE, end: RATE + 400 }];
    const late = saying({ pcm: [silence(RATE), sound(1000)], words });
    const heard = await hear(stretched(late), asking('One.', { speed: 2 }));
    expect(heard.isTrimmed).toBe(true);
    expect(heard.words?.()).toEqual([{ index: 0, start: kept / 2, end: (kept + 400) / 2 }]);
  });

  test('are kept with the speech, and shared with it', async () => {
    const blobs = createMemoryBlobs({ maxBytes: 1_000_000 }, realClock);
    const key = async (): Promise<string> => 'a';
    const ports = { clock: realClock, createHash: localHash };
    const keeping = createSpeechKeeping({ engine: 'fake', blobs, maxAgeMs: 60_000 }, ports);
    const shared = share({ key, keeping }, { clock: realClock })(saying(twoWords));
    const both = await Promise.all([hear(shared), hear(shared)]);
    const later = await hear(shared);
    const streams = [...both, later];
    expect(streams.map(({ cache: how }) => how?.state)).toEqual(['miss', 'coalesced', 'hit']);
    for (const { words } of streams) expect(words?.()).toEqual(hello);
    expect(later.length).toBe(5000);
  });
});

describe('the times of words that are said in other words', () => {
  const spoken = [0, 1, 2, 3, 4].map((index) => ({ index, start: 100 * index, end: 100 * index + 90 }));
  const engine = (): ReturnType<typeof saying> => saying({ pcm: [sound(500)], words: spoken });

  test('are those of the words that were written', async () => {
    const taught = [
      { id: '1', word: 'nginx', alias: 'engine x' },
      { id: '2', word: 'k8s', alias: 'kubernetes' },
    ];
    const inner = engine();
    const { words } = await hear(
      pronounced()(inner),
      asking('Run nginx k8s now', { pronunciations: taught }),
    );
    expect(inner.texts).toEqual(['Run engine x kubernetes now']);
    expect(words?.()).toEqual([
      { index: 0, start: 0, end: 90 },
      { index: 1, start: 100, end: 290 },
      { index: 2, start: 300, end: 390 },
      { index: 3, start: 400, end: 490 },
    ]);
  });

  test('are none where nobody knows which became which', async () => {
    const taught = [{ id: '1', word: 'New York', alias: 'the big apple' }];
    const { words } = await hear(
      pronounced()(engine()),
      asking('Visit New York today', { pronunciations: taught }),
    );
    expect(words?.().map(({ index }) => index)).toEqual([0, 3]);
  });

  test('hold for sounds that are spelled in letters', async () => {
    const sounds = [{ word: 'Nguyen', ipa: 'nwˈɪ jən' }];
    const inner = engine();
    const { words } = await hear(
      pronounced({ spellsSounds: true })(inner),
      asking('Ask Nguyen here now', { phonemeOverrides: sounds }),
    );
    expect(inner.texts[0]?.split(' ')).toHaveLength(5);
    expect(words?.()[1]).toEqual({ index: 1, start: 100, end: 290 });
  });
});
