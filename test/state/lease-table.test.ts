import { expect, test } from 'vitest';
import { createLeaseTable, type LeaseTable } from '../../src/state/lease-table.ts';

const leaseMs = 1000;
const resources = [{ id: 'a', slots: 1000, weight: 1 }];

/** A table whose clock stands at `at.ms`, and how often it was looked at. */
function tableAt(at: { ms: number }): { readonly table: LeaseTable; readonly looks: () => number } {
  let looks = 0;
  const table = createLeaseTable(() => {
    looks++;
    return at.ms;
  });
  return { table, looks: () => looks };
}

function takenWith(leases: number): number {
  const { table, looks } = tableAt({ ms: 0 });
  for (let lease = 0; lease < leases; lease++) table.take(resources, `lease ${lease}`, leaseMs);
  const before = looks();
  expect(table.status('a').taken).toBe(leases);
  return looks() - before;
}

test('a look at a resource costs no more where many of its slots are taken', () => {
  expect(takenWith(500)).toBe(takenWith(1));
});

test('each lease ends in its own time, whichever was renewed or given back before', () => {
  const at = { ms: 0 };
  const { table } = tableAt(at);
  for (const [index, id] of ['first', 'second', 'third'].entries()) {
    at.ms = index * 100;
    table.take(resources, id, leaseMs);
  }
  table.renew({ placeId: 'a', leaseId: 'first' }, leaseMs); // until 1200
  table.release({ placeId: 'a', leaseId: 'second' });
  const takenAt = (ms: number): number => {
    at.ms = ms;
    return table.status('a').taken;
  };
  expect([1100, 1199, 1200].map(takenAt)).toEqual([2, 2, 0]);
});

test('a table that was put away and taken up again ends its leases as before', () => {
  const at = { ms: 0 };
  const { table } = tableAt(at);
  table.take(resources, 'early', leaseMs);
  table.take(resources, 'late', 2 * leaseMs);
  const kept = table.snapshot();
  expect(Object.keys(kept[0]?.[1] ?? {}).sort()).toEqual([
    'failures',
    'leases',
    'shutUntil',
    'traits',
    'trial',
  ]);
  const { table: restored } = tableAt(at);
  restored.restore(kept);
  const takenAt = (ms: number): number => {
    at.ms = ms;
    return restored.status('a').taken;
  };
  expect([999, 1000, 2000].map(takenAt)).toEqual([2, 1, 0]);
});
