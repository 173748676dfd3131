/**
 * What a user does with the client library, on any runtime: the address of a server and of one that is busy at first come in, and what
 * happened goes out as plain data.
 */
import { FishEdge, FishEdgeError } from 'fish-edge/client';

const text = 'The first sentence is heard. The second one follows it.';

/** Twelve seconds of a tone, as a WAV file. */
function recording() {
  const rate = 16_000;
  const bytes = new Uint8Array(44 + 2 * 12 * rate);
  const view = new DataView(bytes.buffer);
  const put = (at, letters) => {
    for (let i = 0; i < letters.length; i++) view.setUint8(at + i, letters.charCodeAt(i));
  };
  put(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  put(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  put(36, 'data');
  view.setUint32(40, bytes.length - 44, true);
  for (let i = 0; i < 12 * rate; i++)
    view.setInt16(44 + 2 * i, Math.round(9000 * Math.sin((2 * Math.PI * 220 * i) / rate)), true);
  return bytes;
}

const failure = (promise) =>
  promise.then(
    () => 'no error',
    (error) => ({
      name: error.name,
      status: error.status,
      code: error.code,
      isOurs: error instanceof FishEdgeError,
    }),
  );

async function sizeOf(stream) {
  const reader = stream.getReader();
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return size;
    size += value.byteLength;
  }
}

async function abort(fish) {
  const stop = new AbortController();
  const speech = await fish.speech({ text: `[[endless]] ${text}`, format: 'pcm' }, { signal: stop.signal });
  const reader = speech.body.getReader();
  const { value } = await reader.read();
  stop.abort();
  const broken = await reader.read().then(
    async function skip({ done }) {
      return done ? 'ended' : reader.read().then(skip);
    },
    (error) => error.name,
  );
  return { heard: value.byteLength > 0, broken };
}

async function live(fish) {
  const session = fish.live({ format: 'pcm' });
  session.write('This is written ');
  session.write('while it is spoken. ');
  session.flush();
  session.write('And this is the end.');
  session.end();
  return await sizeOf(session.audio);
}

async function voices(fish) {
  const made = await fish.voices.add({
    name: `Ada ${Math.random()}`,
    recording: recording(),
    transcript: text,
    consent: 'Ada herself',
  });
  const renamed = await fish.voices.rename(made.id, `Lady ${made.name}`);
  const listed = (await fish.voices.list()).some(({ id }) => id === made.id);
  await fish.voices.delete(made.id);
  const gone = !(await fish.voices.list()).some(({ id }) => id === made.id);
  return { category: made.category, renamed: renamed.name === `Lady ${made.name}`, listed, gone };
}

/** @param WebSocket where the runtime has none */
export async function useClient({ server, busy, apiKey }, WebSocket) {
  const fish = new FishEdge({ baseUrl: server, apiKey, WebSocket });
  const speech = await fish.speech({ text, format: 'wav', seed: 1 });
  const bytes = await speech.bytes();
  const patient = new FishEdge({ baseUrl: busy });
  return {
    speech: {
      type: speech.contentType,
      rate: speech.sampleRate,
      engine: speech.engine,
      riff: String.fromCharCode(...bytes.subarray(0, 4)),
      size: bytes.byteLength,
    },
    captions: (await fish.captions(speech.id)).words.map(({ word }) => word).join(' '),
    subtitles: (await fish.subtitles(speech.id, 'vtt')).slice(0, 6),
    streamed: await sizeOf((await fish.speech({ text, format: 'mp3' })).body),
    aborted: await abort(fish),
    retried: await sizeOf((await patient.speech({ text: 'twice busy' })).body),
    gaveUp: await failure(patient.speech({ text: 'always busy' })),
    notRetried: await failure(patient.speech({ text: 'never again' })),
    later: await failure(new FishEdge({ baseUrl: busy, maxRetryWaitMs: 50 }).speech({ text: 'much later' })),
    unknownVoice: await failure(fish.speech({ text, voice: 'nobody at all' })),
    wrongKey: await failure(new FishEdge({ baseUrl: server, apiKey: 'wrong' }).speech({ text })),
    transcript: await fish.transcribe(recording()),
    voices: await voices(fish),
    live: await live(fish),
    liveWrongKey: await failure(
      sizeOf(new FishEdge({ baseUrl: server, apiKey: 'wrong', WebSocket }).live().audio),
    ),
    health: (await fish.health({ detailed: true })).backend?.status,
  };
}
