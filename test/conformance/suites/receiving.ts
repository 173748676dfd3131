import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, type FishError, type OpenaiError, post, startingMs } from './context.ts';
import { Upload } from './slow-upload.ts';

const json = 'application/json';

/** Bodies that are made to hurt whoever receives them. */
export function addReceiving(context: Context): void {
  addBombs(context);
  addRouteLimits(context);
  addStalled(context);
}

function addBombs({ server, origin }: Context): void {
  const send = (path: string, body: BodyInit, type = json): Promise<Response> =>
    fetch(`${server().url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });

  describe('a bomb of a body that is small and makes much', () => {
    it.each([
      ['nested lists', '['.repeat(15_000)],
      ['nested maps', '{"a":'.repeat(3000)],
      ['a nested field', `{"text":"Hello.","input":"Hello.","more":${'['.repeat(5000)}${']'.repeat(5000)}}`],
    ])('of %s is refused by every JSON reader', async (_, body) => {
      const before = origin().spoken.length;
      for (const path of ['/v1/tts', '/v1/references/add', '/v1/references/update', '/v1/vqgan/decode']) {
        const response = await send(path, body);
        const { status, message } = (await response.json()) as FishError;
        expect([path, response.status, status, message]).toEqual([path, 400, 400, 'Invalid JSON body']);
      }
      for (const path of ['/v1/audio/speech', '/v1/audio/prewarm', '/v1/pronunciations']) {
        const response = await send(path, body);
        const { message, code } = ((await response.json()) as OpenaiError).error;
        expect([path, response.status, code, message]).toEqual([
          path,
          400,
          'invalid_value',
          'Invalid JSON body',
        ]);
      }
      expect(origin().spoken.length).toBe(before);
    });

    it('of many members is refused', async () => {
      const response = await send('/v1/tts', `{"text":"Hello.","more":[${'{},'.repeat(200_000)}{}]}`);
      expect([response.status, ((await response.json()) as FishError).message]).toEqual([
        400,
        'Invalid JSON body',
      ]);
    });

    it('of many parts is refused at the first that is too much', async () => {
      const part = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n';
      const type = 'multipart/form-data; boundary=b';
      const upload = await Upload.begin(server().url, '/v1/tts', 1_000_000, type);
      await upload.send(part.repeat(1000)); // and never the rest
      expect(await upload.answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*The form has too many fields\./);
      expect((await send('/v1/tts', `${part.repeat(10_000)}--b--`, type)).status).toBe(400);
    });

    it.each([
      [60, 200],
      [2000, 400],
    ])(
      'in chunks of one byte is taken as long as they are not too many: %i lines are %i',
      async (lines, status) => {
        const body = JSON.stringify({
          text: 'Hello.',
          more: 'One byte is a chunk of its own. '.repeat(lines),
        });
        const upload = await Upload.begin(server().url, '/v1/tts');
        await upload.send([...body].map((byte) => `1\r\n${byte}\r\n`).join(''));
        await upload.send('0\r\n\r\n');
        await expect
          .poll(() => upload.heard, { timeout: 50_000 })
          .toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
        upload.leave();
      },
    );

    it('may be one long string', async () => {
      const audio = 'UklGR'.repeat(20_000).slice(0, 80_000);
      const body = { text: 'Hello.', references: [{ audio: `${audio}[[[[[[`, text: 'a' }] };
      const response = await post(`${server().url}/v1/tts`, body);
      expect(((await response.json()) as FishError).message).toMatch(/^references\[0\]\.audio must be/);
    });
  });
}

function addRouteLimits({ server }: Context): void {
  const small = 16 * 1024;
  const speech = 4096 * 12 + 128 * 1024;

  describe('a body beyond what its route can use', () => {
    it.each([
      ['/v1/audio/speech', speech],
      ['/v1/audio/speech/url', speech],
      ['/v1/audio/prewarm', small],
      ['/v1/pronunciations', small],
      ['/v1/references/update', small],
      ['/v1/tts', 1024 * 1024],
    ])('of %s is refused unread', async (path, limit) => {
      const announced = await Upload.begin(server().url, path, limit + 1);
      expect(await announced.answer).toMatch(
        new RegExp(`^HTTP/1\\.1 413 [\\s\\S]*larger than ${limit} bytes`),
      );
      const response = await fetch(`${server().url}${path}`, {
        method: 'POST',
        headers: { 'content-type': json },
        body: new Blob([' '.repeat(limit + 1)]).stream(),
        duplex: 'half',
      } as RequestInit);
      expect(response.status).toBe(413);
      const fits = await fetch(`${server().url}${path}`, {
        method: 'POST',
        headers: { 'content-type': json },
        body: ' '.repeat(limit),
      });
      expect(fits.status).toBe(400);
    });

    it('is told so to a client that sends all of it before it listens', async () => {
      const body = Buffer.alloc(6_000_000, ' ');
      const url = `${server().url}/v1/pronunciations`;
      const agent = new Agent({ keepAlive: true });
      for (let index = 0; index < 60; index++) expect(await statusOfUpload(url, body, agent)).toBe(413);
      agent.destroy();
    }, 120_000); // 360 MB
  });
}

/** @throws what broke the connection before the answer was there */
function statusOfUpload(url: string, body: Buffer, agent: Agent): Promise<number | undefined> {
  const headers = { 'content-type': json, 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers, agent });
    call.on('error', reject);
    call.on('response', (response) => {
      response.on('end', () => resolve(response.statusCode)).resume();
    });
    call.end(body);
  });
}

/** 1.5 MiB of the 2 MiB that a client may have here. */
const held = 1.5 * 2 ** 20;
const whole = 1_990_000;

function addStalled({ runtime, origin }: Context): void {
  describe('slow uploads', () => {
    let server: RunningServer;
    const start = (readTimeout: string): Promise<RunningServer> => {
      const limits = { FISH_MAX_BODY: '2MiB', FISH_MAX_RECEIVING: '8MiB', FISH_READ_TIMEOUT: readTimeout };
      return startServer(runtime, { env: { FISH_BACKEND: origin().url, ...limits } });
    };
    beforeAll(async () => {
      server = await start('90s');
    });
    afterAll(() => server?.stop());

    const stall = async (): Promise<Upload> => {
      const upload = await Upload.begin(server.url, '/v1/tts', whole);
      await upload.send(`{"text":"${' '.repeat(held)}`);
      return upload;
    };

    it('leave room for others, and go when they are in the way', async () => {
      const uploads = await Promise.all(Array.from({ length: 13 }, stall));
      const staying = (): Upload[] => uploads.filter(({ heard }) => heard === '');
      await expect.poll(() => staying().length).toBe(1); // there is room for one, whichever came first
      for (const upload of uploads) {
        if (upload.heard !== '')
          expect(await upload.answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 2/i);
      }
      const hello = await post(`${server.url}/v1/tts`, { text: 'Room for a small one.' });
      expect(hello.status).toBe(200);
      const [stayed] = staying();
      await pause(2500); // nobody honest is so slow
      const honest = await post(`${server.url}/v1/tts`, { text: `Hello.${' '.repeat(held)}` });
      expect(honest.status).toBe(200);
      expect(await stayed?.answer).toMatch(/^HTTP\/1\.1 503 /);
    });

    it('end before their time when nothing comes at all', { timeout: startingMs }, async () => {
      const own = await start('24s');
      const slow = await Upload.begin(own.url, '/v1/tts', 1000);
      const silent = await Upload.begin(own.url, '/v1/tts', 1000);
      const dripping = setInterval(() => void slow.send(' '), 500); // to the end of its time
      await silent.send('{"text":');
      const first = await Promise.race([
        silent.answer,
        slow.answer.then(() => 'the other one is ended first'),
      ]);
      expect(first).toMatch(/^HTTP\/1\.1 408 /);
      clearInterval(dripping);
      slow.leave();
      await own.stop();
    });

    it('let go of what they held', async () => {
      for (let round = 1; round <= 3; round++) {
        const uploads = await Promise.all(Array.from({ length: 4 }, stall));
        await expect.poll(() => uploads.filter(({ heard }) => heard !== '').length).toBe(3);
        for (const upload of uploads) upload.leave();
        const gone = (): number => server.logs.filter(({ status }) => status === 499).length;
        await expect.poll(gone).toBe(round);
      }
      const honest = await post(`${server.url}/v1/tts`, { text: `Hello.${' '.repeat(held)}` });
      expect(honest.status).toBe(200);
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
