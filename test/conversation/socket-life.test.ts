import { describe, expect, it } from 'vitest';
import { SocketLife, type SocketWork } from '../../src/conversation/socket-life.ts';
import { invalid, SpeechFailure } from '../../src/core/errors.ts';
import type { StreamOutcome } from '../../src/core/ports.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const idleMs = 60_000;
const hourMs = 3_600_000;

function open(lifeMs?: number) {
  const clock = createFakeClock();
  const sent: string[] = [];
  const closed: unknown[] = [];
  const ends: StreamOutcome[] = [];
  const state = { isBusy: false, stopped: 0, waiting: 0, mayClose: true };
  const work: SocketWork = {
    take(data) {
      if (data === 'ping') life.keepAlive();
      else if (data === 'wrong') throw invalid('It is wrong.');
      else if (data === 'bug') throw new TypeError('nobody may read this');
      else life.touch();
    },
    get isBusy() {
      return state.isBusy;
    },
    describe: ({ error, message }) => ({
      event: `error ${error.code}`,
      reason: error.code === 'invalid_value' ? message : error.code,
    }),
    bidFarewell: (why) => ({ event: `bye ${why}`, reason: why }),
    stop: () => void state.stopped++,
  };
  const socket = {
    send: (message: unknown) => void sent.push(String(message)),
    waiting: () => state.waiting,
    close(code: number, reason?: string) {
      if (!state.mayClose) throw new Error('the socket of another request');
      closed.push([code, reason]);
    },
  };
  const onEnd = (end: StreamOutcome): void => void ends.push(end);
  const life = new SocketLife(socket, work, { clock, idleMs, writeMs: 1000, lifeMs, maxWrong: 3, onEnd });
  return { clock, life, sent, closed, ends, state };
}

describe('the life of a socket', () => {
  it('ends when nothing is said and nothing is heard, and not while something is being said', () => {
    const { clock, life, closed, ends, state } = open();
    clock.advance(idleMs - 1);
    life.message('hello');
    clock.advance(idleMs - 1);
    state.isBusy = true;
    clock.advance(3 * idleMs);
    expect(closed).toEqual([]);
    state.isBusy = false;
    life.rest();
    clock.advance(idleMs + 1);
    expect([closed, ends]).toMatchObject([[[1000, 'idle']], [{ outcome: 'finished' }]]);
    expect([state.stopped, clock.pending]).toEqual([1, 0]);
  });

  it('is kept by a client that is there and says nothing, but not for ever', () => {
    const { clock, life, closed } = open();
    for (let at = 0; at < hourMs - idleMs; at += idleMs / 2) {
      life.message('ping');
      clock.advance(idleMs / 2);
    }
    expect(closed).toEqual([]);
    for (let at = 0; at < 4 * idleMs; at += idleMs / 2) {
      life.message('ping');
      clock.advance(idleMs / 2);
    }
    expect(closed).toEqual([[1000, 'idle']]);
  });

  it('ends when its time is over, whatever happens in it', () => {
    const { clock, life, closed, sent } = open(hourMs);
    for (let at = 0; at < hourMs; at += idleMs / 2) {
      life.message('hello');
      clock.advance(idleMs / 2);
    }
    expect([closed, sent]).toEqual([[[1000, 'expired']], ['bye expired']]);
  });

  it('says what is wrong with a message and goes on, but not for ever', () => {
    const { life, closed, sent, ends } = open();
    for (const message of ['wrong', 'wrong', 'right', 'wrong', 'wrong']) life.message(message);
    expect([sent.length, closed]).toEqual([4, []]);
    life.message('wrong');
    life.message('right');
    expect([sent.length, closed]).toEqual([5, [[1008, expect.stringMatching(/wrong/)]]]);
    expect(ends).toMatchObject([{ outcome: 'error', error: { error: { code: 'invalid_value' } } }]);
  });

  it('ends with what no client can be told of', () => {
    const { life, closed, sent, ends } = open();
    life.message('bug');
    expect([sent, closed]).toEqual([['error engine_failed'], [[1011, 'engine_failed']]]);
    expect(ends).toMatchObject([{ outcome: 'error', error: new TypeError('nobody may read this') }]);
  });

  it('ends with a client that sends more messages than anybody can mean', () => {
    const { clock, life, closed } = open();
    for (let window = 0; window < 3; window++) {
      for (let n = 0; n < 10_000; n++) life.message('audio');
      clock.advance(10_000);
    }
    expect(closed).toEqual([]);
    for (let n = 0; n <= 10_000; n++) life.message('audio');
    expect(closed).toEqual([[1008, 'rate_limit_exceeded']]);
  });

  it.each<[string, SpeechFailure | Error, number]>([
    ['too large', new SpeechFailure({ code: 'request_too_large', message: '' }), 1009],
    ['too much at once', new SpeechFailure({ code: 'overloaded', retryAfterSeconds: 1 }), 1013],
    ['a key that ended', new SpeechFailure({ code: 'invalid_api_key', missing: false }), 1008],
    ['a failure of ours', new Error('secret'), 1011],
  ])('closes with the code of %s', (_, error, code) => {
    const { life, closed } = open();
    life.fail(error);
    expect(closed).toMatchObject([[code, expect.not.stringMatching(/secret/)]]);
  });

  it('says to its end what is being said when the server stops, and begins nothing', () => {
    const { life, closed, state, ends } = open();
    state.isBusy = true;
    life.drain();
    expect([life.isDraining, closed]).toEqual([true, []]);
    state.isBusy = false;
    life.rest();
    expect([closed, ends]).toMatchObject([[[1001, 'draining']], [{ outcome: 'finished' }]]);
  });

  it('lets a client go that asks and does not read', () => {
    const { life, closed, state, ends } = open();
    state.waiting = 5 * 2 ** 20;
    life.tell('something');
    expect([closed, ends]).toMatchObject([[[1008, 'Nothing is read.']], [{ outcome: 'cancelled' }]]);
  });

  it('gives way when it rests, where the runtime lets it', () => {
    const { clock, life, closed, state, ends } = open();
    life.message('hello');
    expect(life.restsSince).toBeUndefined(); // it was heard just now
    clock.advance(40_000);
    expect(life.restsSince).toBe(0);
    state.isBusy = true;
    expect(life.restsSince).toBeUndefined();
    state.isBusy = false;
    state.mayClose = false;
    expect([life.giveWay(), ends]).toEqual([false, []]);
    state.mayClose = true;
    expect([life.giveWay(), closed.length, ends.length]).toEqual([true, 1, 1]);
    expect(life.giveWay()).toBe(false);
  });

  it('tells a client that left in the middle from one that was done', async () => {
    const done = open();
    done.life.closed();
    const left = open();
    left.state.isBusy = true;
    left.life.closed();
    expect([done.ends, left.ends]).toMatchObject([[{ outcome: 'finished' }], [{ outcome: 'cancelled' }]]);
    expect([done.closed, left.closed]).toEqual([[], []]);
    await expect(left.life.send('late')).rejects.toThrow();
  });

  it('keeps a reason within a close frame', () => {
    const { life, closed } = open();
    life.fail(invalid('ü'.repeat(200)));
    expect(closed).toEqual([[1008, 'ü'.repeat(61)]]);
  });
});
