import { type Check, equal, eventually, hold } from './check.ts';

const minute = 60_000;

export const rateChecks: readonly Check[] = [
  {
    name: '200 requests at once let exactly the limit through',
    async run({ rates }, id) {
      hold(rates.abilities.atomic, 'the store is atomic');
      const key = id('client');
      const verdicts = await Promise.all(Array.from({ length: 200 }, () => rates.take(key, 1, 37, minute)));
      equal(verdicts.filter(({ allowed }) => allowed).length, 37, 'let through');
      const left = verdicts.filter(({ allowed }) => allowed).map(({ remaining }) => remaining);
      equal(
        left.sort((a, b) => a - b),
        Array.from({ length: 37 }, (_, i) => i),
        'each sees another remainder',
      );
      equal((await rates.take(id('other'), 1, 37, minute)).allowed, true, 'another client');
    },
  },
  {
    name: 'a cost is taken as a whole or not at all, and the verdict says when',
    async run({ rates }, id) {
      const take = (cost: number) => rates.take(id('client'), cost, 10, minute);
      const first = await take(7);
      equal([first.allowed, first.remaining, first.retryAfterMs], [true, 3, 0], 'first');
      hold(first.resetMs > minute - 5000 && first.resetMs <= minute * 1.1, `reset in ${first.resetMs} ms`);
      const second = await take(4);
      equal([second.allowed, second.remaining], [false, 3], 'one too many');
      hold(second.retryAfterMs > 0 && second.retryAfterMs <= minute * 1.1, `retry in ${second.retryAfterMs}`);
      equal((await take(3)).allowed, true, 'what is left');
      equal((await take(0)).allowed, true, 'nothing');
      const never = await rates.take(id('fresh'), 11, 10, minute);
      equal([never.allowed, never.remaining, never.retryAfterMs], [false, 10, minute], 'more than the limit');
    },
  },
  {
    name: 'the window slides: what left it is free again',
    async run({ rates }, id) {
      const windowMs = 2000;
      const take = () => rates.take(id('client'), 2, 2, windowMs);
      const began = Date.now();
      equal((await take()).allowed, true, 'first');
      const { allowed } = await take();
      // a machine may stand still between the two, and the window be over
      if (Date.now() - began < windowMs) equal(allowed, false, 'no room in the window');
      await eventually(async () => (await take()).allowed, 'room in the window');
    },
  },
];
