import { describe, expect, test } from 'vitest';
import { type SpeechError, SpeechFailure } from '../../../src/core/errors.ts';
import { explainRefusal, retryAfter } from '../../../src/engine/upstream/refusal.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { handFed } from '../../stream/sources.ts';
import { engineFor } from '../upstream/pool-support.ts';
import { anOrigin, nobodyLeaves, say } from './fish-client.ts';

async function failureOf(work: Promise<unknown>): Promise<SpeechFailure> {
  const error = await work.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SpeechFailure)) throw error;
  return error;
}

const unavailable: SpeechError = { code: 'origin_unavailable' };
const refused: SpeechError = {
  code: 'invalid_value',
  message: 'The origin refused the request.',
  param: undefined,
};

/** The origin lives, and could not speak this: who is to blame, nobody knows. */
const suspected: SpeechError = {
  code: 'invalid_value',
  message: 'The speech server could not speak this request; check its text.',
  param: 'text',
  suspected: true,
};

describe('a status of the origin', () => {
  test.each<[string, SpeechError]>([
    ['[[status=400]]', refused],
    ['[[status=404]]', unavailable],
    ['[[status=422]]', refused],
    ['[[status=401]]', unavailable],
    ['[[status=403]]', unavailable],
    ['[[status=413]]', { code: 'request_too_large', message: 'The request is too large for the origin.' }],
    ['[[status=429]] [[retryAfter=7]]', { code: 'overloaded', retryAfterSeconds: 7 }],
    ['[[status=503]] [[retryAfter=3600]]', { code: 'overloaded', retryAfterSeconds: 60 }],
    ['[[status=503]]', { code: 'overloaded', retryAfterSeconds: 1 }],
    ['[[status=500]]', suspected],
    ['[[status=502]]', unavailable],
    ['[[answer=moved]] [[status=302]]', unavailable],
  ])('%s', async (markers, expected) => {
    const origin = await anOrigin();
    const clock = createFakeClock();
    const failure = await failureOf(
      engineFor(origin, {}, clock).open(say(`${markers} Hello`), nobodyLeaves()),
    );
    expect(failure.error).toEqual(expected);
    expect(JSON.stringify(failure.error) + failure.message).not.toMatch(/CUDA|model\.py/);
    await expect.poll(() => clock.pending).toBe(0);
  });

  test('the words of the origin are kept for the log, the start of them', async () => {
    const origin = await anOrigin();
    const failed = await failureOf(engineFor(origin).open(say('[[status=500]] Hello'), nobodyLeaves()));
    expect(String((failed.cause as Error).cause)).toContain(
      '500: {"statusCode":500,"message":"CUDA out of memory',
    );
    const long = `[[status=500]] [[answer=${'x'.repeat(50_000)}]] Hello`;
    const longFailure = await failureOf(engineFor(origin).open(say(long), nobodyLeaves()));
    expect(String(longFailure.cause).length).toBeLessThan(4200);
  });

  test('an error whose words never come is told without them', async () => {
    const clock = createFakeClock();
    const explaining = explainRefusal(new Response(handFed().stream, { status: 503 }), clock);
    clock.advance(1000);
    expect((await explaining).error).toEqual({ code: 'overloaded', retryAfterSeconds: 1 });
    await expect.poll(() => clock.pending).toBe(0);
  });

  test('a wrong key is the fault of the gateway, not of the client', async () => {
    const origin = await anOrigin({ key: 'right' });
    const wrong = engineFor(origin, { key: 'wrong' }).open(say('Hello'), nobodyLeaves());
    expect((await failureOf(wrong)).error).toEqual(unavailable);
  });
});

describe('there is never a stream without audio', () => {
  test.each<[string, string, SpeechError?]>([
    ['the engine fails after the headers of a stream', '[[engineFails]] Hello', suspected],
    ['the text has no words', ' ', suspected],
    ['the connection is dropped before the headers', '[[dieBeforeHeaders]] Hello'],
    ['the connection is dropped after the headers', '[[dieAfterBytes=0]] Hello', suspected],
    ['the connection is dropped in the WAV header', '[[header=exact]] [[dieAfterBytes=30]] Hello'],
    ['HTML under 200', '[[answer=<html><body>Sign in to continue</body></html>]] Hello'],
    ['JSON called audio', '[[answer={"error":"model is loading"}]] [[contentType=audio/wav]] Hello'],
    ['an empty answer', '[[answer=]] [[contentType=audio/wav]] Hello', suspected],
    ['audio called text', '[[contentType=text/plain]] Hello'],
    ['float WAV', '[[header=float]] Hello'],
    ['an empty WAV', '[[header=exact]] [[bodyBytes=0]] Hello', suspected],
  ])('%s', async (_name, text, expected = unavailable) => {
    const origin = await anOrigin();
    const clock = createFakeClock();
    const failure = await failureOf(engineFor(origin, {}, clock).open(say(text), nobodyLeaves()));
    expect(failure.error).toEqual(expected);
    expect(failure.cause).toBeDefined();
    await expect.poll(() => clock.pending).toBe(0);
  });

  test('an origin that is not there', async () => {
    const origin = await anOrigin();
    const engine = engineFor(origin);
    await origin.close();
    expect((await failureOf(engine.open(say('Hello'), nobodyLeaves()))).error).toEqual(unavailable);
  });

  test('a refused answer that goes on for ever is let go', async () => {
    const origin = await anOrigin();
    const text =
      '[[contentType=audio/mpeg]] [[chunkBytes=20000]] [[chunkMs=200]] [[bodyBytes=20000000]] Hello';
    expect((await failureOf(engineFor(origin).open(say(text), nobodyLeaves()))).error).toEqual(unavailable);
    await origin.until(() => origin.spoken[0]?.leftAt !== undefined);
  });
});

test('Retry-After: seconds or a date, between 1 and 60', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  expect(retryAfter('0', now)).toBe(1);
  expect(retryAfter(' 12 ', now)).toBe(12);
  expect(retryAfter('99999999999999999999', now)).toBe(60);
  expect(retryAfter('-5', now)).toBe(1);
  expect(retryAfter('soon', now)).toBe(1);
  expect(retryAfter(null, now)).toBe(1);
  expect(retryAfter(new Date(now + 3_600_000).toUTCString(), now)).toBe(60);
  expect(retryAfter('Wed, 21 Oct 2015 07:28:00 GMT', now)).toBe(1);
  expect(retryAfter(new Date(now + 12_000).toUTCString(), now)).toBe(12);
});
