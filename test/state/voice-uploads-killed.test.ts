import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { startFakeOrigin } from '../fake-origin.ts';
import { recordingAudio } from '../reference-audio.ts';

/** `VOICE_UPLOADS_KILLED=100` takes minutes: each is a start of the server. */
const KILLS = Number(process.env.VOICE_UPLOADS_KILLED ?? 3);
const AT_ONCE = 6;
/** From the first byte of the first upload: they are measured and kept meanwhile. */
const MAX_LIFE_MS = 400;
const PIECE_BYTES = 40_000;
const HOUR_MS = 3_600_000;

interface Upload {
  readonly name: string;
  readonly pitch: number;
}

/**
 * In pieces, so that a kill finds some that are half there. Resolves to the status; undefined where none came.
 * @param pauseMs between two pieces; one that stops in the middle waits for the end of its server
 */
function upload(
  url: string,
  { name, pitch }: Upload,
  pauseMs: number,
  stops = false,
): Promise<number | undefined> {
  const reference = Buffer.from(recordingAudio({ pitch })).toString('base64');
  const about = { name, transcript: 'What is said in the recording.', consent: 'Ada Lovelace, in writing' };
  const body = Buffer.from(JSON.stringify({ ...about, reference }));
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sending = request(`${url}/v1/voices`, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sending.on('error', () => resolve(undefined));
    void (async () => {
      for (let at = 0; at < body.length && !sending.destroyed; at += PIECE_BYTES) {
        if (stops && at > body.length / 2) return;
        sending.write(body.subarray(at, at + PIECE_BYTES));
        await sleep(pauseMs);
      }
      sending.end();
    })();
  });
}

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly category?: string;
}

async function listed(url: string): Promise<readonly Listed[]> {
  const { data } = (await (await fetch(`${url}/v1/voices`)).json()) as { data: Listed[] };
  return data.filter(({ category }) => category === 'cloned');
}

/** What the recording of a voice must be: its sound as mono WAV, to the byte. */
async function checkWhole(url: string, { id, name }: Listed): Promise<void> {
  const preview = await fetch(`${url}/v1/voices/${id}/preview`);
  expect([name, preview.status]).toEqual([name, 200]);
  const pitch = Number(name.split(' ')[1]);
  expect(Buffer.compare(Buffer.from(await preview.arrayBuffer()), recordingAudio({ pitch }))).toBe(0);
}

/** Makes the files of the store look as if they had been written two hours ago. */
async function age(files: string): Promise<void> {
  for (const name of await readdir(files)) {
    const [, time, rest] = /^f-voices!([0-9a-z]+)(-.*)$/.exec(name) ?? [];
    if (time === undefined) continue;
    const before = (Number.parseInt(time, 36) - 2 * HOUR_MS).toString(36);
    await rename(join(files, name), join(files, `f-voices!${before}${rest}`));
  }
}

test(
  `kill -9 in the middle of uploads over HTTP, ${KILLS} times: each voice is whole or absent, and nothing is left over`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fish-edge-killed-'));
    const files = join(folder, 'files');
    const origin = await startFakeOrigin();
    let server: RunningServer | undefined;
    onTestFinished(async () => {
      await server?.stop();
      await origin.close();
      await rm(folder, { recursive: true, force: true });
    });
    const env = {
      FISH_BACKEND: origin.url,
      FISH_FALLBACK: 'false',
      FISH_DATA_DIR: folder,
      FISH_STATE: 'sqlite',
    };
    const start = (): Promise<RunningServer> =>
      startServer('node', { env: { ...env, FISH_RATE_LIMIT: '0' } });
    server = await start();
    let cut = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const uploads = Array.from({ length: AT_ONCE }, (_, nth) => {
        const pitch = 200 + kill * AT_ONCE + nth;
        return { name: `Pitch ${pitch}`, pitch };
      });
      const running = server;
      const answers = uploads.map((each, nth) => upload(running.url, each, nth * 2, nth === AT_ONCE - 1));
      await sleep(randomInt(MAX_LIFE_MS));
      running.signal('SIGKILL');
      const statuses = await Promise.all(answers);
      await running.exited;
      server = await start();
      const { url } = server;
      expect(server.stderr()).not.toMatch(/corrupt|malformed|unusable/i);
      const voices = await listed(url);
      for (const voice of voices) await checkWhole(url, voice);
      const names = voices.map(({ name }) => name);
      const promised = uploads.filter((_, nth) => statuses[nth] === 201).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(promised)); // what was answered is there
      cut += AT_ONCE - promised.length;
      for (const each of uploads) {
        const again = await upload(url, each, 0); // the next upload is answered as if nothing had happened
        expect(again).toBe(names.includes(each.name) ? 200 : 201);
      }
      for (const { id } of await listed(url))
        expect((await fetch(`${url}/v1/voices/${id}`, { method: 'DELETE' })).status).toBe(200);
    }
    expect(cut).toBeGreaterThan(0); // some kills met an upload

    const last = server;
    last.signal('SIGKILL');
    await last.exited;
    await age(files);
    server = await start();
    expect(await upload(server.url, { name: 'Pitch 100', pitch: 100 }, 0)).toBe(201);
    await expect.poll(() => readdir(files)).toHaveLength(1); // the recording of that voice, and nothing else
  },
  60_000 + KILLS * 15_000,
);
