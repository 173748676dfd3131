import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, endless, lacks } from './context.ts';
import { said } from './live-client.ts';

const voice = 'anna';

interface Alignment {
  readonly chars: string[];
  readonly charStartTimesMs: number[];
  readonly charDurationsMs: number[];
}

interface Output {
  readonly audio?: string | null;
  readonly isFinal?: true | null;
  readonly alignment?: Alignment | null;
  readonly normalizedAlignment?: Alignment | null;
  readonly error?: string;
  readonly message?: string;
  readonly code?: number;
}

/** A client of `stream-input`, as ElevenLabs' reference and its Python client write it: the JavaScript client has none. */
class InputClient {
  readonly socket: WebSocket;
  readonly messages: Output[] = [];
  /** The code and the reason with which the socket closed, once it did. */
  readonly closed: Promise<[code: number, reason: string]>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve([code, reason.toString()]));
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('message', (data) => this.messages.push(JSON.parse(data.toString()) as Output));
  }

  static address(url: string, query = '', id = voice): string {
    return `${url.replace('http', 'ws')}/v1/text-to-speech/${id}/stream-input?output_format=pcm_16000${query}`;
  }

  static async open(url: string, query = '', id = voice): Promise<InputClient> {
    const client = new InputClient(new WebSocket(InputClient.address(url, query, id)));
    await once(client.socket, 'open');
    return client;
  }

  static async begin(url: string, first: object = {}, query = '', id = voice): Promise<InputClient> {
    const client = await InputClient.open(url, query, id);
    client.send({ text: ' ', voice_settings: { stability: 0.5, similarity_boost: 0.8 }, ...first });
    return client;
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  say(...texts: string[]): void {
    for (const text of texts) this.send({ text });
  }

  get seconds(): number {
    return (
      this.messages.reduce((sum, { audio }) => sum + Buffer.from(audio ?? '', 'base64').length, 0) / 32_000
    );
  }

  /** Closes the input, and gives the last message. */
  async end(): Promise<Output | undefined> {
    this.say('');
    await this.closed;
    return this.messages.at(-1);
  }

  /** The characters that came, and when each begins in all of the audio: every message counts from the end of the one before. */
  get characters(): { text: string; starts: number[]; end: number } {
    let end = 0;
    const starts: number[] = [];
    let text = '';
    for (const { alignment } of this.messages) {
      if (!alignment) continue;
      const from = end;
      text += alignment.chars.join('');
      expect(alignment.charStartTimesMs).toHaveLength(alignment.chars.length);
      expect(alignment.charDurationsMs).toHaveLength(alignment.chars.length);
      starts.push(...alignment.charStartTimesMs.map((start) => from + start));
      end = from + (alignment.charStartTimesMs.at(-1) ?? 0) + (alignment.charDurationsMs.at(-1) ?? 0);
    }
    return { text, starts, end };
  }
}

async function refusal(address: string): Promise<{ status: number; body: unknown }> {
  const socket = new WebSocket(address);
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error('It was let in.')));
    socket.on('error', reject);
    socket.on('unexpected-response', async (_, response) => {
      let body = '';
      for await (const part of response.setEncoding('utf8')) body += part;
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(body) });
    });
  });
}

/** ElevenLabs' `stream-input`. */
export function addElevenLabsSocket(context: Context): void {
  describe("ElevenLabs' stream-input", () => {
    addInput(context);
    addRefusals(context);
  });
}

function addInput(context: Context): void {
  const { server, origin, runtime } = context;
  const url = (): string => server().url;

  it('speaks text that comes bit by bit, tells when each character is heard, and ends', async () => {
    const client = await InputClient.begin(url());
    client.say('Hel', 'lo ', 'there. ', 'And ', 'good', 'bye. ');
    expect(await client.end()).toEqual({
      audio: null,
      isFinal: true,
      normalizedAlignment: null,
      alignment: null,
    });
    expect(await client.closed).toEqual([1000, '']);
    const { text, starts, end } = client.characters;
    expect(text.trim()).toBe('Hello there. And goodbye.');
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(Math.abs(end / 1000 - client.seconds)).toBeLessThan(0.1);
    for (const { alignment, normalizedAlignment } of client.messages)
      expect(normalizedAlignment).toEqual(alignment);
  });

  it('says what was flushed to its end, and goes on after a pause', async () => {
    const before = origin().spoken.length;
    const client = await InputClient.begin(url());
    client.send({ text: 'No sentence yet', flush: true });
    await expect.poll(() => client.characters.text).toBe('No sentence yet');
    await expect.poll(() => Math.abs(client.characters.end / 1000 - client.seconds)).toBeLessThan(0.1);
    const first = client.seconds;
    client.say(' ', 'More of it. ');
    await client.end();
    expect(client.seconds).toBeGreaterThan(first);
    expect(said(context, before).map(({ text }) => text)).toEqual(['No sentence yet', 'More of it.']);
  });

  it('speaks whole phrases at once in auto mode', async () => {
    const client = await InputClient.begin(url(), {}, '&auto_mode=true');
    client.say('This is a phrase. ');
    await expect.poll(() => client.seconds).toBeGreaterThan(0);
    await client.end();
  });

  it('takes the speed from the first message', async () => {
    const lengths: number[] = [];
    for (const speed of [1, 2]) {
      const client = await InputClient.begin(url(), { voice_settings: { speed } });
      client.say('The same words at two speeds. ');
      await client.end();
      lengths.push(client.seconds);
    }
    expect((lengths[0] ?? 0) / (lengths[1] ?? 1)).toBeGreaterThan(1.5);
  });

  it.skipIf(lacks(runtime, 'leave-early'))('stops what a client that leaves had asked for', async () => {
    const before = origin().spoken.length;
    const client = await InputClient.begin(url());
    client.say(`${endless} A long story. `, 'Another. ', 'A third.');
    await origin().until(() => origin().spoken[before]?.beganAt !== undefined);
    client.socket.terminate();
    await origin().until(() =>
      origin()
        .spoken.slice(before)
        .every(({ leftAt, doneAt }) => leftAt ?? doneAt),
    );
    expect(said(context, before).map(({ text }) => text)).not.toContain('A third.');
    await origin().until(() => origin().queued === 0);
  });
}

function addRefusals({ server, origin, runtime }: Context): void {
  it.each<[string, (client: InputClient) => void, string, RegExp]>([
    ['what is no JSON', ({ socket }) => socket.send('hello'), 'invalid_input_message', /json/],
    ['bytes', ({ socket }) => socket.send(Uint8Array.of(1)), 'invalid_input_message', /json/],
    ['a message without text', (client) => client.send({ flush: true }), 'invalid_input_message', /text/],
    [
      'a speed out of range',
      (client) => client.send({ text: ' ', voice_settings: { speed: 9 } }),
      'invalid_input_message',
      /speed/,
    ],
    [
      'a dictionary that nobody has here',
      (client) => client.send({ text: ' ', pronunciation_dictionary_locators: [{}] }),
      'invalid_input_message',
      /pronunciations/,
    ],
  ])('ends with an error after %s', async (_, act, error, message) => {
    const client = await InputClient.open(server().url);
    act(client);
    const [code, reason] = await client.closed;
    expect([code, reason]).toEqual([1008, expect.stringMatching(message)]);
    expect(client.messages).toEqual([{ message: expect.stringMatching(message), error, code: 1008 }]);
  });

  it('ends with an error for a voice that does not exist', async () => {
    const client = await InputClient.begin(server().url, {}, '', 'nobody');
    client.say('Hello there. ');
    expect(await client.end()).toMatchObject({ error: 'voice_id_does_not_exist', code: 1008 });
  });

  it('ends when nothing is written for as long as it asks', async () => {
    const client = await InputClient.begin(server().url, {}, '&inactivity_timeout=1');
    expect((await client.closed)[0]).toBe(1008);
    expect(client.messages).toEqual([
      { message: expect.any(String), error: 'input_timeout_exceeded', code: 1008 },
    ]);
  });

  it('is no socket for a format that does not exist, nor for waits that nobody grants', async () => {
    const { url } = server();
    const format = await refusal(InputClient.address(url, '').replace('pcm_16000', 'mp9'));
    expect(format).toMatchObject({ status: 400, body: { detail: { code: 'invalid_output_format' } } });
    const wait = await refusal(InputClient.address(url, '&inactivity_timeout=999'));
    expect(wait).toMatchObject({ status: 422, body: { detail: [{ loc: ['query', 'inactivity_timeout'] }] } });
  });

  describe('with a key', () => {
    let own: RunningServer;
    beforeAll(async () => {
      own = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_API_KEY: 'sesame' } });
    });
    afterAll(() => own?.stop());

    it.each(['xi_api_key', 'xi-api-key', 'authorization'])(
      'takes it from the first message: %s',
      async (name) => {
        const client = await InputClient.begin(own.url, { [name]: 'sesame' });
        client.say('Hello there. ');
        expect(await client.end()).toMatchObject({ isFinal: true });
        expect(client.seconds).toBeGreaterThan(0);
      },
    );

    it.each([
      [{}, 'authentication_required'],
      [{ xi_api_key: 'wrong' }, 'invalid_api_key'],
    ])('says nothing without it: %j', async (first, error) => {
      const client = await InputClient.begin(own.url, first);
      client.say('Hello there. ');
      expect((await client.closed)[0]).toBe(1008);
      expect(client.messages).toEqual([{ message: expect.any(String), error, code: 1008 }]);
    });
  });
}
