import type { Lease, LeaseResource } from '../../src/core/store.ts';
import { type Check, equal, eventually, hold } from './check.ts';

const leaseMs = 30_000;
const place = (id: string, slots: number): LeaseResource => ({ id, slots, weight: 1 });
const isLease = (lease: Lease | undefined): lease is Lease => lease !== undefined;
const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));

export const leaseChecks: readonly Check[] = [
  {
    name: '200 takes at once get as many leases as there are slots',
    async run({ leases }, id) {
      const places = [place(id('a'), 7), place(id('b'), 5)];
      const taken = (await times(200, () => leases.take(places, leaseMs))).filter(isLease);
      equal(taken.length, 12, 'leases');
      equal(taken.filter(({ placeId }) => placeId === places[0]?.id).length, 7, 'leases of the first');
      await Promise.all(taken.map((lease) => lease.release()));
      const after = (await times(20, () => leases.take(places, leaseMs))).filter(isLease);
      equal(after.length, 12, 'leases after all were released');
      await Promise.all(after.map((lease) => lease.release()));
    },
  },
  {
    name: 'a lease is of the first place with a slot, in the order asked for',
    async run({ leases }, id) {
      const [a, b] = [place(id('a'), 1), place(id('b'), 1)];
      const first = await leases.take([b, a], leaseMs);
      const second = await leases.take([b, a], leaseMs);
      equal([first?.placeId, second?.placeId], [b.id, a.id], 'places');
      equal(await leases.take([b, a], leaseMs), undefined, 'third');
      equal(await leases.take([], leaseMs), undefined, 'no place');
      equal(await leases.take([place(id('none'), 0)], leaseMs), undefined, 'no slots');
      await Promise.all([first?.release(), second?.release()]);
    },
  },
  {
    name: 'a lease that is released twice frees one slot',
    async run({ leases }, id) {
      const places = [place(id('a'), 2)];
      const [first, second] = await times(2, () => leases.take(places, leaseMs));
      await first?.release();
      await first?.release();
      const third = await leases.take(places, leaseMs);
      hold(isLease(third), 'the freed slot can be taken');
      equal(await leases.take(places, leaseMs), undefined, 'a slot that nobody freed');
      await Promise.all([second?.release(), third?.release()]);
    },
  },
  {
    name: 'whoever watches hears of a freed slot, and of nothing once it stopped',
    async run({ leases }, id) {
      const places = [place(id('a'), 1)];
      const first = await leases.take(places, leaseMs);
      equal(await leases.take(places, leaseMs), undefined, 'taken');
      let woken = 0;
      const stop = leases.watch(() => {
        woken++;
      });
      await first?.release();
      await eventually(async () => woken > 0, 'a wake');
      const next = await leases.take(places, leaseMs);
      hold(isLease(next), 'the freed slot can be taken');
      stop();
      const before = woken;
      await next?.release();
      await leases.status(places.map((each) => each.id));
      equal(woken, before, 'wakes after it stopped');
    },
  },
  {
    name: 'failures in a row shut a place, and one that worked starts the row anew',
    async run({ leases }, id) {
      const [bad, good] = [place(id('bad'), 4), place(id('good'), 1)];
      const rule = { failures: 3, pauseMs: 60_000 };
      for (const outcome of ['failed', 'failed', 'worked', 'failed', 'failed'] as const) {
        await leases.report(bad.id, outcome, rule);
      }
      const open = await leases.take([bad, good], leaseMs);
      equal(open?.placeId, bad.id, 'still open');
      await leases.report(bad.id, 'failed', rule);
      const other = await leases.take([bad, good], leaseMs);
      equal(other?.placeId, good.id, 'the other, as the first is shut');
      equal(await leases.take([bad, good], leaseMs), undefined, 'none');
      const seen = await leases.status([bad.id, good.id, id('unknown')]);
      equal(seen.get(bad.id), { taken: 1, shut: true }, 'the shut one');
      equal(seen.get(good.id), { taken: 1, shut: false }, 'the other');
      equal(seen.get(id('unknown')), { taken: 0, shut: false }, 'one of which nobody spoke');
      await leases.report(bad.id, 'worked', rule);
      hold(isLease(await leases.take([bad], leaseMs)), 'open again once it worked');
    },
  },
  {
    name: 'failures that have something in common count once, those that have nothing in common shut a place',
    async run({ leases }, id) {
      const bad = place(id('bad'), 100);
      const rule = { failures: 3, pauseMs: 60_000 };
      const fails = (...traits: string[]): Promise<void> => leases.report(bad.id, 'failed', rule, traits);
      const shut = async (): Promise<boolean | undefined> =>
        (await leases.status([bad.id])).get(bad.id)?.shut;
      for (let i = 0; i < 10; i++) await fails('client-a', `text-${i}`);
      for (let i = 0; i < 10; i++) await fails(`client-${i}`, 'text-same');
      await fails('client-x', 'text-0'); // of the first of all
      equal(await shut(), false, 'shut by one client and one text');
      await fails('client-z', 'text-z');
      equal(await shut(), true, 'shut by a third request');
      await leases.report(bad.id, 'worked', rule);
      for (const name of ['a', 'b']) await fails(`client-${name}`, `text-${name}`);
      equal(await shut(), false, 'shut by two, once it worked');
      await leases.report(bad.id, 'failed', rule);
      equal(await shut(), true, 'shut by two and a failure of its own');
    },
  },
  {
    name: 'one failure that may be its request’s own never shuts a place, whatever the rule; the second, with nothing in common, does',
    async run({ leases }, id) {
      const bad = place(id('bad'), 1);
      const rule = { failures: 1, pauseMs: 60_000 };
      for (let i = 0; i < 3; i++) await leases.report(bad.id, 'failed', rule, ['a']);
      equal((await leases.status([bad.id])).get(bad.id)?.shut, false, 'shut by one request');
      await leases.report(bad.id, 'failed', rule, ['b']);
      equal((await leases.status([bad.id])).get(bad.id)?.shut, true, 'shut by two requests');
    },
  },
  {
    name: 'a try that failed by its own fault leaves the place to be tried by the next',
    async run({ leases }, id) {
      const bad = place(id('bad'), 5);
      const rule = { failures: 1, pauseMs: 100 };
      const tried = (): Promise<Lease> => eventually(() => leases.take([bad], leaseMs), 'a try');
      for (const trait of ['a', 'b']) await leases.report(bad.id, 'failed', rule, [trait]);
      for (let i = 0; i < 3; i++) {
        const lease = await tried();
        await leases.report(bad.id, 'failed', { ...rule, pauseMs: 60_000 }, ['a']); // known already
        await lease.release();
      }
      const lease = await tried();
      await leases.report(bad.id, 'failed', { ...rule, pauseMs: 60_000 }, ['c']); // it fails everybody
      await lease.release();
      equal(await leases.take([bad], leaseMs), undefined, 'a try in the pause');
    },
  },
  {
    name: 'a place that was shut for giving no answer is open again with its first answer, be that a failure',
    async run({ leases }, id) {
      const bad = place(id('bad'), 3);
      const rule = { failures: 1, pauseMs: 100 };
      await leases.report(bad.id, 'failed', rule);
      const lease = await eventually(() => leases.take([bad], leaseMs), 'a try');
      await leases.report(bad.id, 'failed', { ...rule, pauseMs: 60_000 }, ['a']);
      equal((await times(5, () => leases.take([bad], leaseMs))).filter(isLease).length, 2, 'other slots');
      await lease.release();
    },
  },
  {
    name: 'what is remembered of failures has a bound',
    async run({ leases }, id) {
      const bad = place(id('bad'), 1);
      const rule = { failures: 1000, pauseMs: 60_000 };
      const traits = Array.from({ length: 200 }, (_, i) => `trait-${i}`);
      for (const trait of traits) await leases.report(bad.id, 'failed', rule, [trait]);
      equal((await leases.status([bad.id])).get(bad.id)?.shut, false, 'shut');
      await leases.report(bad.id, 'failed', { ...rule, failures: 200 }, ['trait-199']);
      equal((await leases.status([bad.id])).get(bad.id)?.shut, false, 'shut by what is remembered');
      await leases.report(bad.id, 'failed', { ...rule, failures: 200 }, ['trait-0']);
      equal((await leases.status([bad.id])).get(bad.id)?.shut, true, 'shut by what was forgotten');
    },
  },
  {
    name: 'after the pause one lease at a time tries a place; how that ends decides',
    async run({ leases }, id) {
      const bad = place(id('bad'), 5);
      const rule = { failures: 1, pauseMs: 100 };
      await leases.report(bad.id, 'failed', rule);
      for (const end of ['left', 'failed', 'worked'] as const) {
        const tries: Lease[] = [];
        await eventually(async () => {
          tries.push(...(await times(20, () => leases.take([bad], leaseMs))).filter(isLease));
          return tries.length > 0;
        }, 'a try');
        equal(tries.length, 1, `tries before one ${end}`);
        if (end !== 'left') await leases.report(bad.id, end, { ...rule, pauseMs: 200 });
        await tries[0]?.release();
      }
      equal(
        (await times(20, () => leases.take([bad], leaseMs))).filter(isLease).length,
        5,
        'slots once it worked',
      );
    },
  },
];
