import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/core/engine.ts';
import { invalid, type SpeechError, SpeechFailure } from '../../../src/core/errors.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { fallback } from '../../../src/engine/policy/fallback.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { asking, createFakeEngine, type FakeEngine, sound } from './policy-engine.ts';

const never = new AbortController().signal;
const down = new SpeechFailure({ code: 'origin_unavailable' });

function pair(voices: Record<string, string> = {}): { first: FakeEngine; standIn: FakeEngine; both: Engine } {
  const [first, standIn] = [createFakeEngine(), createFakeEngine()];
  return { first, standIn, both: fallback(standIn, { voices: new Map(Object.entries(voices)) })(first) };
}

/** The request as the stand-in got it, when the first engine fails. */
async function handedOver(voices: Record<string, string>, request: SpeechRequest): Promise<SpeechRequest> {
  const { first, standIn, both } = pair(voices);
  const opening = both.open(request, never);
  (await first.call(1)).fail(down);
  const call = await standIn.call(1);
  call.speak(sound(10));
  await opening;
  return call.request;
}

describe('the stand-in speaks', () => {
  test.each<SpeechError>([
    { code: 'origin_unavailable' },
    { code: 'overloaded', retryAfterSeconds: 3 },
    { code: 'timeout', stage: 'first-audio' },
    { code: 'engine_failed' },
    { code: 'engine_unavailable', message: 'x' },
  ])('when the first one fails with $code', async (error) => {
    const { first, standIn, both } = pair();
    const opening = both.open(asking('a'), never);
    (await first.call(1)).fail(new SpeechFailure(error));
    (await standIn.call(1)).speakAs({ rate: 22_050 }, sound(10));
    expect(await opening).toMatchObject({ rate: 22_050 });
  });

  test.each<SpeechError>([
    { code: 'invalid_value', message: 'x' },
    { code: 'voice_not_found', voice: 'x' },
    { code: 'model_not_found', model: 'x' },
    { code: 'request_too_large', message: 'x' },
    { code: 'rate_limit_exceeded', retryAfterMs: 1, what: 'requests' },
    { code: 'shutting_down' },
    { code: 'client_gone' },
  ])('not when it fails with $code', async (error) => {
    const { first, standIn, both } = pair({ '*': 'joe' });
    const opening = both.open(asking('a'), never);
    (await first.call(1)).fail(new SpeechFailure(error));
    await expect(opening).rejects.toMatchObject({ error });
    expect(standIn.calls).toHaveLength(0);
  });

  test('not when the client has left', async () => {
    const { first, standIn, both } = pair();
    const leaving = new AbortController();
    const opening = both.open(asking('a'), leaving.signal);
    await first.call(1);
    leaving.abort();
    await expect(opening).rejects.toBeInstanceOf(ClientGone);
    expect(standIn.calls).toHaveLength(0);
  });

  test('and when it fails too, the first failure is told', async () => {
    const { first, standIn, both } = pair();
    const opening = both.open(asking('a'), never);
    (await first.call(1)).fail(down);
    (await standIn.call(1)).fail(invalid('There is nothing to say in this text.', 'text'));
    await expect(opening).rejects.toBe(down);
  });
});

describe('its voice', () => {
  test.each([
    ['the mapped one', { anna: 'amy', '*': 'joe' }, 'anna', 'amy'],
    ['the one for all others', { anna: 'amy', '*': 'joe' }, 'bert', 'joe'],
    ['the one for the default voice', { default: 'amy' }, undefined, 'amy'],
    ['its own default without a rule', { anna: 'amy' }, undefined, undefined],
    ['what it understands by a name of OpenAI', { anna: 'amy' }, 'alloy', 'alloy'],
    ['the mapped one for a name of OpenAI', { alloy: 'amy' }, 'alloy', 'amy'],
  ])('is %s', async (_, voices, asked, expected) => {
    expect((await handedOver(voices, asking('a', { voice: asked }))).voice).toBe(expected);
  });

  test('is never one that nobody chose for the voice asked for', async () => {
    const { first, standIn, both } = pair({ anna: 'amy' });
    const opening = both.open(asking('a', { voice: 'bert' }), never);
    (await first.call(1)).fail(down);
    await expect(opening).rejects.toBe(down);
    expect(standIn.calls).toHaveLength(0);
  });

  test('stands in for references only where one is chosen for all others, without them', async () => {
    const references = [{ audio: sound(10), text: 'x' }];
    const request = await handedOver({ '*': 'joe' }, asking('a', { references }));
    expect(request).toMatchObject({ voice: 'joe', references: [] });
    const { first, both } = pair({ anna: 'amy' });
    const opening = both.open(asking('a', { references }), never);
    (await first.call(1)).fail(down);
    await expect(opening).rejects.toBe(down);
  });
});

describe('a text in parts', () => {
  test('that fell over goes on with the stand-in, without asking the first again; another text begins anew', async () => {
    const { first, standIn, both } = pair();
    const utteranceId = {};
    const opening = both.open(asking('One.', { utteranceId }), never);
    (await first.call(1)).speak(sound(10));
    await opening;
    const second = both.open(asking('Two.', { utteranceId }), never);
    (await first.call(2)).fail(down);
    (await standIn.call(1)).speak(sound(10));
    await second;
    void both.open(asking('Three.', { utteranceId }), never);
    expect((await standIn.call(2)).request.text).toBe('Three.');
    expect(first.calls).toHaveLength(2);
    void both.open(asking('Four.', { utteranceId: {} }), never);
    await first.call(3);
  });

  test('hears why the stand-in cannot say a part, once it is the one that speaks', async () => {
    const { first, standIn, both } = pair();
    const utteranceId = {};
    const opening = both.open(asking('One.', { utteranceId }), never);
    (await first.call(1)).fail(down);
    (await standIn.call(1)).speak(sound(10));
    await opening;
    const second = both.open(asking('漢字', { utteranceId }), never);
    (await standIn.call(2)).fail(invalid('There is nothing to say in this text.', 'text'));
    await expect(second).rejects.toMatchObject({ error: { code: 'invalid_value', param: 'text' } });
  });
});

describe('health', () => {
  const well = async (): Promise<{ healthy: boolean }> => ({ healthy: true });
  const ill = async (): Promise<{ healthy: boolean; error: string }> => ({
    healthy: false,
    error: 'unreachable',
  });

  test.each([
    ['of the first counts', well, ill, true],
    ['of the stand-in counts while the first is ill', ill, well, true],
    ['is gone with both', ill, ill, false],
  ])('%s', async (_, firstHealth, secondHealth, healthy) => {
    const first: Engine = { ...createFakeEngine(), health: firstHealth };
    const standIn: Engine = { ...createFakeEngine(), health: secondHealth };
    const both = fallback(standIn, { voices: new Map() })(first);
    expect(await both.health?.(never)).toMatchObject({ healthy });
  });
});
