import { encode } from '@msgpack/msgpack';
import { LiveClient } from '../../test/conformance/suites/live-client.ts';
import { referenceAudio } from '../../test/reference-audio.ts';
import { closedWithin, start } from '../live.ts';
import type { Actor } from './traffic.ts';

/** One bad request of a kind; the result is what came back. */
type BadAct = (actor: Actor) => Promise<string>;

const rawWaitMs = 500;
const sessionWaitMs = 3000;
const json = { 'content-type': 'application/json' };

function body(
  path: string,
  content: string | Uint8Array,
  headers: Readonly<Record<string, string>> = json,
): BadAct {
  return async (actor) => {
    const reply = await actor.client.ask(path, {
      method: 'POST',
      headers: { ...headers, ...actor.headers },
      body: content,
    });
    return String(reply.status || reply.end);
  };
}

function tts(fields: object): BadAct {
  return body('/v1/tts', encode({ text: 'A bad one.', ...fields }), {
    'content-type': 'application/msgpack',
  });
}

function get(path: string, headers: Readonly<Record<string, string>> = {}): BadAct {
  return async (actor) => {
    const reply = await actor.client.ask(path, { headers: { ...actor.headers, ...headers } });
    return String(reply.status || reply.end);
  };
}

function raw(bytes: string): BadAct {
  return async (actor) => {
    const { text } = await actor.client.raw(bytes, rawWaitMs);
    return /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'no answer';
  };
}

function session(act: (live: LiveClient) => void): BadAct {
  return async (actor) => {
    try {
      const live = await LiveClient.open(actor.url, actor.headers);
      act(live);
      const code = await closedWithin(live, sessionWaitMs);
      live.socket.terminate();
      return code === undefined ? 'left open' : `closed with ${code}`;
    } catch (error) {
      return /response: (\d+)/.exec(String(error))?.[1] ?? 'broken';
    }
  };
}

const part = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n';

/** Bad requests of every kind that a passer-by can send. Those that are cut off half way are in `leaves in the upload`. */
export const badKinds: Readonly<Record<string, BadAct>> = {
  'no JSON': body('/v1/tts', '{"text":'),
  'an array for a body': body('/v1/audio/speech', '[]'),
  'nested JSON': body('/v1/tts', `{"text":"a","x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
  'no MessagePack': body('/v1/tts', Uint8Array.of(0xc1), { 'content-type': 'application/msgpack' }),
  'an unknown media type': body('/v1/tts', 'text', { 'content-type': 'text/plain' }),
  'a form of many parts': body('/v1/tts', `${part.repeat(2000)}--b--\r\n`, {
    'content-type': 'multipart/form-data; boundary=b',
  }),
  'a form that breaks off': body('/v1/tts', part, { 'content-type': 'multipart/form-data; boundary=b' }),
  'values out of range': tts({ top_p: 99, chunk_length: -1 }),
  'a text that says nothing': tts({ text: ' .\n' }),
  'an input that is too long': body('/v1/audio/speech', JSON.stringify({ input: 'a '.repeat(50_000) })),
  'an unknown voice': tts({ reference_id: 'nobody' }),
  'a voice of CJK characters': tts({ reference_id: '一'.repeat(200) }),
  'a reference that is no audio': tts({ references: [{ audio: Buffer.alloc(3000, 'x'), text: 'a' }] }),
  'a reference of 100 bytes': tts({ references: [{ audio: referenceAudio(0.0006), text: 'a' }] }),
  'what the model fails on': tts({ text: '[[status=500]] A bad one.' }),
  'what the engine fails on': tts({ text: '[[engineFails]] A bad one.', streaming: true }),
  'a wrong key': get('/v1/models', { authorization: 'Bearer wrong' }),
  'an unknown path': get('/v1/../../etc/passwd'),
  'a link that nobody signed': get('/tts/play/speech.mp3?say=e30&expires=9999999999&sig=AAAA'),
  'a message with two ends': raw(
    'POST /v1/tts HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /',
  ),
  noise: raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  'leaves in the upload': raw(
    'POST /v1/tts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{"text":"',
  ),
  'a socket with noise': session((live) => live.socket.send('hello')),
  'a socket without a start': session((live) => live.say('Too early.')),
  'a socket that is left': session((live) => {
    start(live);
    live.say('Nobody will hear this. ', 'Nor this.');
    live.socket.close();
  }),
};
