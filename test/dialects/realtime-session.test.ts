import { describe, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import { ask, audio, createScript, idleMs, lifeMs, open, recogniser } from './realtime-script.ts';

describe('a session of the Realtime protocol', () => {
  it('ends when nothing is heard for long, and not while it answers', async () => {
    const { clock, closed, codes, send, types, goOn, ends, held } = open();
    send(ask);
    await expect.poll(() => held.length).toBe(1);
    clock.advance(3 * idleMs);
    expect(closed.code).toBeUndefined();
    goOn();
    await expect.poll(types).toContain('response.done');
    clock.advance(idleMs + 1);
    expect([closed, codes()]).toEqual([{ code: 1000, reason: 'idle' }, ['session_idle']]);
    expect(ends).toMatchObject([{ outcome: 'finished' }]);
  });

  it('ends after an hour, whatever happens in it', () => {
    const { clock, closed, codes, send } = open();
    for (let at = 0; at < lifeMs; at += idleMs / 2) {
      send({ type: 'input_audio_buffer.clear' });
      clock.advance(idleMs / 2);
    }
    expect([closed.reason, codes()]).toEqual(['session expired', ['session_expired']]);
  });

  it('ends after a thousand wrong events in a row', () => {
    const { closed, codes, send } = open();
    for (let n = 0; n < 999; n++) send({ type: 'nonsense' });
    expect(closed.code).toBeUndefined();
    send({ type: 'nonsense' });
    expect([closed.code, codes().length]).toEqual([1008, 1000]);
  });

  it('lets a client go that asks and does not read', () => {
    const { ends, send, stall, closed } = open();
    stall(5 * 2 ** 20);
    send({ type: 'input_audio_buffer.clear' });
    expect([closed.code, ends]).toMatchObject([1008, [{ outcome: 'cancelled' }]]);
  });

  it('says its answer to the end when the server stops', async () => {
    const { session, closed, send, types, goOn, held } = open();
    send(ask);
    await expect.poll(() => held.length).toBe(1);
    session.drain();
    expect(closed.code).toBeUndefined();
    goOn();
    await expect.poll(() => closed.code).toBe(1001);
    expect(types().at(-1)).toBe('response.done');
  });

  it('forgets the oldest items beyond a thousand, and says so', () => {
    const { send, events } = open();
    for (let n = 0; n < 1001; n++) {
      const content = [{ type: 'input_text', text: 'x' }];
      send({
        type: 'conversation.item.create',
        item: { id: `i${n}`, type: 'message', role: 'user', content },
      });
    }
    expect(events.filter(({ type }) => type === 'conversation.item.deleted')).toMatchObject([
      { item_id: 'i0' },
    ]);
  });

  const recording = (id: string, type = 'conversation.item.create') => ({
    type,
    event_id: 'bad',
    item: { id, type: 'message', role: 'user', content: [{ type: 'input_audio', audio: audio.audio }] },
  });

  it('says of a recording that nobody listens, and does not take it', () => {
    const { send, events } = open();
    send(recording('rec'));
    const error = { code: 'not_supported', param: 'item.content.0.audio', event_id: 'bad' };
    expect(events.at(-1)).toMatchObject({ type: 'error', error });
    send({ type: 'conversation.item.retrieve', item_id: 'rec' });
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { code: 'item_not_found' } });
  });

  it('says that a recording was not understood, and fails what asks for an answer to it', async () => {
    const { send, events, types } = open(undefined, recogniser({ available: async () => false }));
    send(recording('rec'));
    send(ask);
    await expect.poll(() => types().at(-1)).toBe('response.done');
    const failed = events.find(({ type }) => type === 'conversation.item.input_audio_transcription.failed');
    expect(failed).toMatchObject({ item_id: 'rec', content_index: 0, error: { code: 'not_supported' } });
    expect(events.at(-1)?.response).toMatchObject({
      status: 'failed',
      status_details: { error: { code: 'not_supported' } },
    });
  });

  it('writes down four recordings at once, and stops when the client leaves', async () => {
    const signals: AbortSignal[] = [];
    const send = (_: unknown, __: unknown, signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const session = open(undefined, recogniser({ send }));
    for (let n = 0; n < 5; n++) session.send(recording(`rec${n}`));
    expect(session.codes()).toEqual(['too_many_recordings']);
    await expect.poll(() => signals.length).toBe(4);
    session.session.closed();
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it('says once that nobody listens, and not with each piece of a microphone', () => {
    const { send, codes } = open();
    for (let n = 0; n < 50; n++) send(audio);
    expect(codes()).toEqual(['not_supported']);
  });

  it('says once that a microphone is refused, and tries again when the client changes something', () => {
    const { listening } = createScript();
    let tries = 0;
    const refuse = (): never => {
      tries += 1;
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: 5 });
    };
    const { send, codes } = open({ ...listening, open: refuse });
    for (let n = 0; n < 50; n++) send(audio);
    expect([tries, codes()]).toEqual([1, ['overloaded']]);
    send({ type: 'input_audio_buffer.clear' });
    send(audio);
    expect(tries).toBe(2);
  });

  it('does not answer a turn without a word', () => {
    const script = createScript();
    const { send, types } = open(script.listening);
    send(audio);
    script.hear({ kind: 'started', turn: 0, atMs: 0 });
    script.hear({ kind: 'stopped', turn: 0, atMs: 900 });
    script.hear({ kind: 'final', turn: 0, text: ' ' });
    expect(types()).toContain('conversation.item.input_audio_transcription.completed');
    expect(types()).not.toContain('response.created');
  });

  it('says that a turn was not understood, fails what asks for an answer to it, and goes on', async () => {
    const script = createScript();
    const { send, types, events, goOn, held } = open(script.listening);
    send(audio);
    script.hear({ kind: 'started', turn: 0, atMs: 0 });
    script.hear({ kind: 'stopped', turn: 0, atMs: 900 });
    script.hear({ kind: 'failed', turn: 0, error: { code: 'origin_unavailable' } });
    expect(types().at(-1)).toBe('conversation.item.input_audio_transcription.failed');
    send(ask);
    await expect.poll(() => types().at(-1)).toBe('response.done');
    expect(events.at(-1)?.response).toMatchObject({
      status: 'failed',
      status_details: { error: { code: 'origin_unavailable' } },
    });
    script.hear({ kind: 'started', turn: 1, atMs: 2000 });
    script.hear({ kind: 'stopped', turn: 1, atMs: 2900 });
    script.hear({ kind: 'final', turn: 1, text: 'Better now?' });
    await expect.poll(() => held.length).toBe(1);
    goOn();
    await expect.poll(() => events.at(-1)?.response?.status).toBe('completed');
  });

  it('does not wait for the text of a turn that was cleared before its end was heard', async () => {
    const script = createScript();
    const { send, types, goOn, held } = open(script.listening);
    send(audio);
    script.hear({ kind: 'started', turn: 0, atMs: 0 });
    send({ type: 'input_audio_buffer.commit' });
    send({ type: 'input_audio_buffer.clear' });
    send(ask);
    await expect.poll(() => held.length).toBe(1);
    goOn();
    await expect.poll(types).toContain('response.done');
  });

  it('tells the text of a turn as far as it will not change, then the rest of it', () => {
    const script = createScript();
    const { send, events } = open(script.listening);
    send(audio);
    script.hear({ kind: 'started', turn: 0, atMs: 0 });
    script.hear({ kind: 'partial', turn: 0, text: 'Hello word', stableLength: 6 });
    script.hear({ kind: 'stopped', turn: 0, atMs: 900 });
    script.hear({ kind: 'final', turn: 0, text: 'Hello world.' });
    const deltas = events.filter(({ type }) => type.endsWith('.delta'));
    expect(deltas).toMatchObject([{ delta: 'Hello ' }, { delta: 'world.' }]);
  });

  it('waits with its answer to a turn while a response that nothing interrupts is being made', async () => {
    const script = createScript();
    const { send, types, goOn, held } = open(script.listening);
    const turn_detection = { type: 'server_vad', interrupt_response: false };
    send({ type: 'session.update', session: { audio: { input: { turn_detection } } } });
    send(audio);
    send(ask);
    await expect.poll(() => held.length).toBe(1);
    script.hear({ kind: 'started', turn: 0, atMs: 0 });
    script.hear({ kind: 'stopped', turn: 0, atMs: 900 });
    script.hear({ kind: 'final', turn: 0, text: 'And then?' });
    const created = (): number => types().filter((type) => type === 'response.created').length;
    expect(created()).toBe(1);
    goOn();
    await expect.poll(created).toBe(2);
  });
});
