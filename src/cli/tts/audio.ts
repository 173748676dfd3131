import { createParser } from 'eventsource-parser';
import { type FishEdge, FishEdgeError } from '../../client/client.ts';

type TtsRequest = Readonly<Record<string, unknown>> & { readonly text: string };

/** The audio of `/v1/tts`, as it comes. */
export async function* audioOf(
  client: FishEdge,
  body: TtsRequest,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const response = await client.request('/v1/tts', { method: 'POST', body, signal });
  if (response.body) yield* response.body;
}

/**
 * The same, and with each sentence how many characters are spoken by then, and how many seconds they last. A server that does not tell
 * (Fish-Speech itself) gives the audio alone.
 */
export async function* timedAudioOf(
  client: FishEdge,
  request: TtsRequest,
  signal: AbortSignal,
  onProgress: (characters: number, seconds: number) => void,
): AsyncGenerator<Uint8Array, void, void> {
  const body = { ...request, streaming: false };
  const path = '/v1/tts/stream/with-timestamp';
  const response = await client.request(path, { method: 'POST', body, signal }).catch((error: unknown) => {
    if (error instanceof FishEdgeError && [404, 405].includes(error.status)) return undefined;
    throw error;
  });
  if (!response) return yield* audioOf(client, request, signal);
  if (!response.body) return;
  let characters = 0;
  const events: { event: string | undefined; data: string }[] = [];
  const parser = createParser({ onEvent: ({ event, data }) => void events.push({ event, data }) });
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    for (const { event, data } of events.splice(0)) {
      const said = JSON.parse(data) as TimedEvent;
      if (event === 'error')
        throw new FishEdgeError(said.detail ?? said.message ?? 'The speech broke off.', { status: 500 });
      if (said.alignment) {
        characters += said.content.length;
        onProgress(characters, said.chunk_audio_offset_sec + said.alignment.audio_duration);
      }
      if (said.audio_base64 !== '') yield Buffer.from(said.audio_base64, 'base64');
    }
  }
}

/** An event of the Fish Audio cloud's stream (docs/api.md). */
interface TimedEvent {
  readonly audio_base64: string;
  readonly content: string;
  readonly alignment: { readonly audio_duration: number } | null;
  readonly chunk_audio_offset_sec: number;
  /** Of errors. */
  readonly detail?: string;
  readonly message?: string;
}
