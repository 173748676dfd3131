import { describe, expect, it } from 'vitest';
import type { ModelEvent } from '../../src/core/conversation.ts';
import { createFakeClock } from '../stream/fake-clock.ts';
import { codeOf, listen, modelOf, never, say, server, textOf } from './model-support.ts';

describe('an answer that stalls', () => {
  it('before its first token is given up after the wait for it', async () => {
    const clock = createFakeClock();
    const before = server.calls.length;
    const answer = listen(say('[[stallAfterTokens=0]]'), { model: modelOf({}, clock) });
    await server.until(() => server.calls.length > before);
    clock.advance(30_000);
    expect(codeOf((await answer).error)).toEqual({ code: 'timeout', stage: 'first-token' });
    await server.until(() => server.calls.at(-1)?.ended === 'left');
    expect(clock.pending).toBe(0);
  });

  it('in the middle is given up after the longest gap, and its connection closed', async () => {
    const clock = createFakeClock();
    const events: ModelEvent[] = [];
    const asked = say('[[say=One two three.]] [[stallAfterTokens=2]]');
    const reading = (async () => {
      for await (const event of modelOf({ nextTokenTimeoutMs: 5000 }, clock).answer(asked, never)) {
        events.push(event);
      }
    })().catch((error: unknown) => error);
    await server.until(() => textOf(events) === 'One two');
    clock.advance(5000);
    expect(codeOf(await reading)).toEqual({ code: 'timeout', stage: 'idle' });
    await server.until(() => server.calls.at(-1)?.ended === 'left');
    expect(clock.pending).toBe(0);
  });

  it('never, and has no end, is given up after the longest time for one', async () => {
    const clock = createFakeClock();
    let tokens = 0;
    const asked = say('[[endless]] [[tokensPerSecond=500]]');
    const reading = (async () => {
      for await (const _ of modelOf({ nextTokenTimeoutMs: 120_000 }, clock).answer(asked, never)) tokens += 1;
    })().catch((error: unknown) => error);
    await server.until(() => tokens > 20);
    clock.advance(60_000);
    expect(codeOf(await reading)).toEqual({ code: 'timeout', stage: 'total' });
    await server.until(() => server.running === 0);
  });
});

describe('a client that leaves', () => {
  it('stops the model, by its signal', async () => {
    const leaving = new AbortController();
    let tokens = 0;
    const reading = (async () => {
      for await (const _ of modelOf().answer(say('[[endless]] [[tokensPerSecond=200]]'), leaving.signal)) {
        tokens += 1;
        if (tokens === 5) leaving.abort();
      }
    })().catch((error: unknown) => error);
    expect(codeOf(await reading)).toBe('client_gone');
    await server.until(() => server.calls.at(-1)?.ended === 'left');
  });

  it('stops the model while it is silent, before and after its first token', async () => {
    for (const marker of ['[[held]]', '[[say=One two.]] [[heldAfterTokens=1]]']) {
      const leaving = new AbortController();
      const before = server.calls.length;
      const reading = listen(say(marker), { signal: leaving.signal });
      await server.until(() => server.calls.length > before);
      leaving.abort();
      expect(codeOf((await reading).error)).toBe('client_gone');
      await server.until(() => server.calls.at(-1)?.ended === 'left');
    }
    server.release();
  });

  it('stops the model by leaving the loop', async () => {
    for await (const event of modelOf().answer(say('[[endless]] [[tokensPerSecond=200]]'), never)) {
      if (event.kind === 'text') break;
    }
    await server.until(() => server.calls.at(-1)?.ended === 'left');
    expect(server.running).toBe(0);
  });
});
