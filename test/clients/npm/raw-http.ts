import { strict as assert } from 'node:assert';
import { encode } from '@msgpack/msgpack';
import { LiveClient } from '../../conformance/suites/live-client.ts';
import type { Client } from '../check.ts';
import { speechOf } from '../ground.ts';
import { assertFormat, input } from './audio.ts';

const preflights = 10_000;
const atOnce = 50;

function preflight(url: string, origin: string, asked = 'authorization,content-type'): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': asked,
  };
  return fetch(`${url}/v1/audio/speech`, { method: 'OPTIONS', headers });
}

interface Timed {
  readonly alignment: { readonly segments: readonly { readonly text: string }[] } | null;
}

/** An M4A by its first bytes, and noise behind them. */
function lyingM4a(): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(20_000).map((_, index) => (index * 7919) >>> 3);
  file.set([0, 0, 0, 24, ...Buffer.from('ftypM4A \0\0\0\0M4A mp42isom')]);
  return file;
}

/** Requests that no SDK has a call for, and bad ones. */
export const rawHttp: Client = {
  client: 'plain HTTP',
  version: `Node ${process.versions.node}`,
  checks: {
    'JSON without a content type': async ({ open }) => {
      const body = new TextEncoder().encode(JSON.stringify({ model: 'tts-1', voice: 'alloy', input }));
      const response = await fetch(`${open}/v1/audio/speech`, { method: 'POST', body });
      assertFormat(new Uint8Array(await response.arrayBuffer()), 'mp3');
    },
    'lists of voices': async ({ open }) => {
      for (const path of ['/v1/audio/voices', '/v1/voices', '/v1/audio/models'])
        assert.equal((await fetch(`${open}${path}`)).status, 200, path);
    },
    'Fish speech with times': async ({ open }) => {
      const body = encode({ text: input, format: 'pcm' }) as BodyInit;
      const headers = { 'content-type': 'application/msgpack', model: 's1' };
      const init = { method: 'POST', headers, body };
      const text = await (await fetch(`${open}/v1/tts/stream/with-timestamp`, init)).text();
      const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Timed);
      const words = events.flatMap(({ alignment }) => alignment?.segments ?? []).map((word) => word.text);
      assert.deepEqual(words, input.match(/\w+/g));
    },
    'unknown path in the shape of OpenAI': async ({ open }) => {
      const response = await fetch(`${open}/v1/chat/completions`, { method: 'POST', body: '{}' });
      assert.equal(response.status, 404);
      assert.ok(((await response.json()) as { error: { message: string } }).error.message);
    },
    'preflight of an allowed page': async ({ strict, allowedPage }) => {
      const asked = 'authorization,model,x-stainless-arch';
      const { status, headers } = await preflight(strict, allowedPage, asked);
      assert.ok(status < 300, `${status}`);
      assert.equal(headers.get('access-control-allow-origin'), allowedPage);
      assert.equal(headers.get('access-control-allow-headers'), asked);
    },
    'preflight of a forbidden page: 403': async ({ strict }) => {
      const { status, headers } = await preflight(strict, 'https://evil.example');
      assert.equal(status, 403);
      assert.equal(headers.get('access-control-allow-origin'), null);
    },
    '10,000 preflights': async ({ open }) => {
      for (let sent = 0; sent < preflights; sent += atOnce) {
        const answers = Array.from({ length: atOnce }, () => preflight(open, 'https://app.example'));
        for (const response of await Promise.all(answers)) {
          assert.ok(response.ok, `${response.status}`);
          await response.arrayBuffer();
        }
      }
      assert.equal((await fetch(`${open}/v1/health`)).status, 200);
    },
    'a live socket that sends nothing is closed': async ({ strict }) => {
      const session = await LiveClient.open(strict);
      assert.equal((await session.end())?.event ?? 'finish', 'finish');
    },
    'an M4A that lies: 400': async (ground) => {
      await speechOf(ground);
      const form = new FormData();
      form.append('model', 'whisper-1');
      form.append('file', new Blob([lyingM4a()]), 'speech.m4a');
      const url = `${ground.embedded}/v1/audio/transcriptions`;
      const response = await fetch(url, { method: 'POST', body: form });
      assert.equal(response.status, 400);
      assert.ok(((await response.json()) as { error: { message: string } }).error.message);
    },
  },
};
