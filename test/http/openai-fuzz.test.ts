import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioFormatNames } from '../../src/speech/output.ts';
import { createSpeechServer } from './speech-server.ts';

interface Refusal {
  error: { message: string; type: string; param: string | null; code: string };
}

const path = '/v1/audio/speech';
const within =
  (min: number, max: number) =>
  (value: unknown): boolean =>
    typeof value === 'number' && value >= min && value <= max;
const text = (max: number) => (value: unknown) => typeof value === 'string' && value.length <= max;
const isOneOf = (names: readonly string[]) => (value: unknown) =>
  value === '' || names.includes(value as string);
const integer = (min: number, max: number) => (value: unknown) =>
  Number.isInteger(value) && within(min, max)(value);
const words = ['true', 'yes', 'on', 't', 'y', '1', 'false', 'no', 'off', 'f', 'n', '0'];

/** What each field takes besides null, told apart from the schema that the server uses. */
const takes: Readonly<Record<string, (value: unknown) => boolean>> = {
  model: text(256),
  response_format: isOneOf(audioFormatNames),
  stream_format: isOneOf(['audio', 'sse']),
  instructions: text(4096),
  speed: within(0.25, 4),
  sample_rate: integer(8000, 48_000),
  bitrate: within(6, 512),
  mp3_bitrate: within(8, 320),
  opus_bitrate: (value) => value === -1000 || within(6, 510)(value) || within(6000, 510_000)(value),
  volume: within(-20, 20),
  seed: integer(-(2 ** 53 - 1), 2 ** 53 - 1),
  timestamps: (value) =>
    typeof value === 'boolean' || value === 0 || value === 1 || words.includes(String(value).toLowerCase()),
};

const anyValue = fc.oneof(
  fc.jsonValue({ depthSize: 'medium' }),
  fc.double(),
  fc.integer(),
  fc.string({ minLength: 250, maxLength: 5000 }),
  fc.constantFrom('__proto__', 'constructor', '\u0000', '-1', '1e3', ' wav', 'WAV', 'mp4', -0, 1e308, 8000.5),
);

describe('a wrong field of the speech body is a 4xx that names it, and costs no synthesis', () => {
  it.each(Object.entries(takes))('%s', async (field, isRight) => {
    const server = createSpeechServer();
    const wrong = anyValue.filter((value) => {
      const sent = JSON.parse(JSON.stringify(value)); // Infinity and NaN become null, which is unset
      return sent !== null && !isRight(sent);
    });
    await fc.assert(
      fc.asyncProperty(wrong, async (value) => {
        const response = await server.post(path, { input: 'Hi.', [field]: value });
        expect(response.status).toBe(400);
        const { error } = (await response.json()) as Refusal;
        expect(error).toMatchObject({ param: field, type: 'invalid_request_error', code: 'invalid_value' });
        expect(error.message.startsWith(field)).toBe(true);
        expect(server.opened).toEqual([]);
      }),
    );
  });

  it('input', async () => {
    const server = createSpeechServer();
    const blank = fc.oneof(
      anyValue.filter((value) => typeof value !== 'string'),
      fc.stringMatching(/^\s*$/),
      fc.constant('x'.repeat(4097)),
    );
    await fc.assert(
      fc.asyncProperty(blank, async (input) => {
        const response = await server.post(path, { input });
        expect([response.status, ((await response.json()) as Refusal).error.param]).toEqual([400, 'input']);
        expect(server.opened).toEqual([]);
      }),
    );
  });

  it('voice', async () => {
    const server = createSpeechServer();
    const wrong = anyValue.filter((voice) => {
      const id = typeof voice === 'object' && voice !== null && 'id' in voice ? voice.id : voice;
      return JSON.parse(JSON.stringify(id ?? null)) !== null && id !== '';
    });
    await fc.assert(
      fc.asyncProperty(wrong, async (voice) => {
        const response = await server.post(path, { input: 'Hi.', voice });
        expect([400, 404]).toContain(response.status);
        expect(((await response.json()) as Refusal).error.param).toBe('voice');
        expect(server.opened).toEqual([]);
      }),
    );
  });
});

describe('whatever is sent', () => {
  it('is spoken or refused with a 4xx, never a 5xx', async () => {
    const server = createSpeechServer();
    const field = fc.constantFrom('input', 'text', 'voice', 'format', ...Object.keys(takes), 'unknown');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(field, anyValue), async (body) => {
        const before = server.opened.length;
        const response = await server.post(path, body);
        if (response.status === 200) return void (await response.arrayBuffer());
        expect(response.status).toBeGreaterThanOrEqual(400);
        expect(response.status).toBeLessThan(500);
        expect(((await response.json()) as Refusal).error.param).not.toBeNull();
        expect(server.opened.length).toBe(before);
      }),
    );
  });

  it('is refused with a 400 when it is no JSON object', async () => {
    const server = createSpeechServer();
    const anyBody = fc.oneof(
      fc.uint8Array(),
      fc.string(),
      fc.array(fc.jsonValue()).map((list) => JSON.stringify(list)),
      fc.constantFrom('null', '1e999', '"text"', '{"input":', '['.repeat(100_000)),
    );
    await fc.assert(
      fc.asyncProperty(anyBody, async (body) => {
        const response = await server.post(path, body);
        expect(response.status).toBe(400);
        expect(server.opened).toEqual([]);
      }),
    );
  });
});
