import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { bytesOf, type Context, post } from './context.ts';
import { watchHealth } from './health-watch.ts';
import { LiveClient } from './live-client.ts';

/** Of a loop that was held for seconds; what is allowed here is what a busy machine may do to an honest server. */
const heldMs = 3000;
const firstAudioMs = 20_000;
const bookBytes = 31_000_000;
const crowd = 200;
/** For a machine with other things to do. */
const patienceMs = 180_000;

/** Books, and texts that nobody would write: the first word comes after a paragraph at most. */
const texts: readonly (readonly [name: string, text: () => string])[] = [
  ['a book of short sentences', () => 'A. '.repeat(bookBytes / 3)],
  ['a book of one word', () => 'a'.repeat(8_000_000)],
  ['a book without a full stop', () => 'and then '.repeat(1_000_000)],
  ['newlines', () => `One.${'\n'.repeat(8_000_000)}Two.`],
  ['marks', () => `One. ${'!? '.repeat(2_000_000)}Two.`],
  ['brackets that never close', () => `One. ${'(a [b <|c '.repeat(400_000)}`],
  ['letters with a million accents', () => `One. ${`e${'\u0301'.repeat(1_000_000)}`.repeat(2)}`],
  ['Arabic', () => 'مرحبا بالعالم. كيف الحال؟ '.repeat(160_000)],
];

/** No request holds the loop: others are answered while it is worked on. */
export function addLongWork({ runtime, origin }: Context): void {
  describe('work that takes long', () => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await startServer(runtime, {
        env: {
          FISH_BACKEND: origin().url,
          FISH_FALLBACK: 'false',
          FISH_MAX_PENDING: '2000',
          FISH_LOG_LEVEL: 'warn',
        },
      });
    });
    afterAll(() => server?.stop());

    it.each(texts)(
      'streams %s at once, and answers others meanwhile',
      async (_, text) => {
        const body = JSON.stringify({ text: text(), streaming: true });
        const { result, stood, answers, longest } = await watchHealth(server, () =>
          firstAudio(server.url, body),
        );
        expect(result - stood).toBeLessThan(firstAudioMs);
        expect(longest).toBeLessThan(heldMs);
        expect(answers).toBeGreaterThan(0);
      },
      patienceMs,
    );

    it('refuses a text that can never be answered in one piece', async () => {
      const response = await post(`${server.url}/v1/tts`, { text: 'and then '.repeat(1_000_000) });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ message: expect.stringContaining('ask for a stream') });
    });

    it(
      'reads what a session writes once, however little it says at a time',
      async () => {
        const session = await LiveClient.start(server.url);
        const { result, longest } = await watchHealth(server, async () => {
          for (let sent = 0; sent < 150_000; sent += 10_000) session.say('.,;: '.repeat(2000));
          for (let sent = 0; sent < 900; sent++) session.say(' . '); // more in a row would end it
          session.say('At last a word.');
          return (await session.finish()).at(-1);
        });
        expect(result).toEqual({ event: 'finish', reason: 'stop' });
        expect(session.audio.length).toBeGreaterThan(10_000);
        expect(longest).toBeLessThan(heldMs);
      },
      patienceMs,
    );

    it(
      'speaks to a crowd that hears the same, each to its end',
      async () => {
        const body = { text: 'What all of them want to hear. And the rest of it.', streaming: true };
        const { result, longest } = await watchHealth(server, () =>
          Promise.all(
            Array.from({ length: crowd }, async () => {
              return (await bytesOf(await post(`${server.url}/v1/tts`, body))).length;
            }),
          ),
        );
        expect(new Set(result).size).toBe(1);
        expect(result[0]).toBeGreaterThan(200_000);
        expect(longest).toBeLessThan(heldMs);
      },
      patienceMs,
    );

    it.each(['mp3', 'wav'])(
      'makes a whole %s at another speed and rate',
      async (format) => {
        const text = 'The quick brown fox jumps over the lazy dog. '.repeat(40);
        const asked = { text, format, prosody: { speed: 1.3 }, sample_rate: 24_000 };
        const { result, answers, longest } = await watchHealth(server, async () => {
          return bytesOf(await post(`${server.url}/v1/tts`, asked));
        });
        expect(result.length).toBeGreaterThan(100_000);
        expect(longest).toBeLessThan(heldMs);
        expect(answers).toBeGreaterThan(2);
      },
      patienceMs,
    );
  });
}

/** Milliseconds until it is heard; then the client leaves. */
export async function firstAudio(url: string, body: string): Promise<number> {
  const client = new AbortController();
  const started = performance.now();
  const response = await fetch(`${url}/v1/tts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: client.signal,
  });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  for (let bytes = 0; bytes < 1000; ) bytes += (await reader?.read())?.value?.length ?? 1000;
  const took = performance.now() - started;
  client.abort();
  return took;
}
