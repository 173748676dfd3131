import { startServer } from '../../test/conformance/server.ts';
import { startFakeModel } from '../../test/fake-model.ts';
import { type Bench, countOf, type Figure, type Setup } from '../bench.ts';
import { withOrigins } from '../origin/paced-origins.ts';
import { type Arrival, ChatSocket } from './chat-socket.ts';
import { answer, model } from './turns.ts';

const sessions = { full: 20, quick: 5 };
const BYTES_A_MS = 48;
/** Late by less is not heard. */
const toleranceMs = 20;
const secondsPerWord = 0.3;
/** Seconds that an origin takes for a second of speech; each slot speaks one text at a time. */
const factors = [0.1, 0.1, 0.1, 0.1];

interface Played {
  readonly firstMs: number;
  readonly gaps: number;
  readonly silentMs: number;
}

export const crowd: Bench = {
  title: 'conversations at once',
  about:
    `Sessions that ask in the same moment by text, before a fake Fish-Speech origin with ${factors.length} slots, each of which takes ${factors[0]} s for a second of speech, and the same ` +
    'scripted model. A gap is more than 20 ms without audio after all that was delivered has been played.',
  async run(setup) {
    const played = await withOrigins({ secondsPerWord, factors }, ({ urls }) => converse(setup, urls));
    const figure = (what: string, of: (one: Played) => number): Figure => {
      return { cells: [String(played.length), what], unit: 'ms', samples: played.map(of) };
    };
    const gaps = played.reduce((all, one) => all + one.gaps, 0);
    return [
      {
        title: 'Sessions at once',
        headings: ['sessions', 'what'],
        figures: [
          figure('first audio', ({ firstMs }) => firstMs),
          figure('silence in gaps', ({ silentMs }) => silentMs),
          { cells: [String(played.length), 'gaps in all'], unit: '', samples: [gaps], goal: { atMost: 0 } },
        ],
      },
    ];
  },
};

async function converse(setup: Setup, urls: readonly string[]): Promise<readonly Played[]> {
  const fake = await startFakeModel({ script: model, reply: () => answer });
  const env = {
    FISH_BACKEND: urls.join(','),
    FISH_FALLBACK: 'false',
    FISH_CACHE: 'off',
    FISH_CLIENT_SHARE: '100',
    LLM_BASE_URL: fake.url,
  };
  const server = await startServer('node', { env });
  try {
    const chats = await Promise.all(
      Array.from({ length: countOf(setup, sessions) }, () => ChatSocket.open(server.url)),
    );
    const played = await Promise.all(chats.map(listen));
    await Promise.all(chats.map((chat) => chat.close()));
    return played;
  } finally {
    await server.stop();
    await fake.close();
  }
}

/** Each asks in words of its own, so that nothing is made once for several. */
async function listen(chat: ChatSocket, index: number): Promise<Played> {
  const askedMs = performance.now();
  chat.send('user_message', { text: `[[say=Answer ${index}. ${answer}]] What about ${index}?` });
  await chat.until('audio_complete', askedMs);
  return playedOf(chat.arrivals, askedMs);
}

/** As somebody hears it who plays from the first frame on. */
function playedOf(arrivals: readonly Arrival[], askedMs: number): Played {
  const frames = arrivals.filter(({ type }) => type === 'binary');
  const firstMs = (frames[0]?.atMs ?? Number.NaN) - askedMs;
  let [gaps, silentMs] = [0, 0];
  let playedUntil = frames[0]?.atMs ?? 0;
  for (const { atMs, bytes } of frames) {
    if (atMs - playedUntil > toleranceMs) {
      gaps += 1;
      silentMs += atMs - playedUntil;
    }
    playedUntil = Math.max(playedUntil, atMs) + bytes / BYTES_A_MS;
  }
  return { firstMs, gaps, silentMs };
}
