import { afterAll, beforeAll } from 'vitest';
import { createOpenaiModel, type ModelOptions } from '../../src/conversation/model/openai-model.ts';
import type { ModelEvent, ModelRequest } from '../../src/core/conversation.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import { ClientGone } from '../../src/stream/cancel.ts';
import { type FakeModel, startFakeModel } from '../fake-model.ts';
import { realClock } from '../stream/fake-clock.ts';

export const key = 'sk-the-key';
/** The model that the tests of a file ask. */
export let server: FakeModel;
beforeAll(async () => {
  server = await startFakeModel({ key });
});
afterAll(() => server.close());

export const optionsOf = (more: Partial<ModelOptions> = {}): ModelOptions => ({
  url: server.url,
  key,
  isSetUp: true,
  model: 'llama-8b',
  maxTokens: 500,
  firstTokenTimeoutMs: 30_000,
  nextTokenTimeoutMs: 30_000,
  totalTimeoutMs: 60_000,
  retries: 0,
  ...more,
});
export const modelOf = (more: Partial<ModelOptions> = {}, clock = realClock) =>
  createOpenaiModel(optionsOf(more), { fetch: (url, init) => fetch(url, init), clock });
export const never = new AbortController().signal;
export const say = (content: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [{ role: 'user', content }],
  settings: {},
  ...more,
});
export const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.kind === 'text' ? event.text : '')).join('');

/** What came, and what it failed with. */
export async function listen(
  request: ModelRequest,
  { model = modelOf(), signal = never } = {},
): Promise<{ events: ModelEvent[]; error: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of model.answer(request, signal)) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

export const codeOf = (error: unknown): unknown =>
  error instanceof SpeechFailure ? error.error : error instanceof ClientGone ? 'client_gone' : error;

/** All that a client could get to see of an error. */
export const shown = (error: unknown): string => JSON.stringify((error as SpeechFailure).error);
