import { expect, test } from 'vitest';
import { type BodyEnd, type ReadAheadBounds, readAhead } from '../../../src/engine/upstream/read-ahead.ts';
import { handFed } from '../../stream/sources.ts';
import { settle } from '../policy/policy-engine.ts';

const piece = (value: number, bytes = 10): Uint8Array => new Uint8Array(bytes).fill(value);

function counted(total: number): {
  stream: ReadableStream<Uint8Array>;
  taken(): number;
  cancelled(): boolean;
} {
  let taken = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (taken === total) controller.close();
        else controller.enqueue(piece(taken++));
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, taken: () => taken, cancelled: () => cancelled };
}

const bounds = (bodyBytes: number, left = 1000): ReadAheadBounds => ({ bodyBytes, shared: { left } });

test('the source is read to its end although nobody reads', async () => {
  const ends: BodyEnd[] = [];
  const source = counted(5);
  const shared = { left: 1000 };
  const body = readAhead(source.stream, { bodyBytes: 1000, shared }, true, (end) => ends.push(end));
  await settle();
  expect(source.taken()).toBe(5);
  expect(ends).toEqual([{ outcome: 'finished' }]);
  expect(shared.left).toBe(950);
  expect((await new Response(body).bytes()).filter((_, i) => i % 10 === 0)).toEqual(
    new Uint8Array([0, 1, 2, 3, 4]),
  );
  expect(shared.left).toBe(1000);
});

test.each([
  ['its own', bounds(30)],
  ['the common', bounds(1000, 30)],
])('no further than %s bound, and on as it is read', async (_name, limits) => {
  const source = counted(8);
  const reader = readAhead(source.stream, limits, true, () => {}).getReader();
  await settle();
  expect(source.taken()).toBe(3);
  await reader.read();
  await settle();
  expect(source.taken()).toBe(4);
  for (let i = 1; i < 8; i++) expect((await reader.read()).value?.[0]).toBe(i);
  expect((await reader.read()).done).toBe(true);
});

test('with nothing left of the common bound it still hands on', async () => {
  const body = readAhead(counted(4).stream, bounds(1000, 0), true, () => {});
  expect((await new Response(body).bytes()).length).toBe(40);
});

test('an error comes after the audio that came before it', async () => {
  const ends: BodyEnd[] = [];
  const source = handFed();
  const body = readAhead(source.stream, bounds(1000), true, (end) => ends.push(end));
  source.give(1, 2);
  await settle();
  source.fail(new Error('broke'));
  await settle();
  expect(ends).toMatchObject([{ outcome: 'error' }]);
  const reader = body.getReader();
  expect((await reader.read()).value?.[0]).toBe(1);
  await expect(reader.read()).rejects.toThrow('broke');
});

test('a reader that leaves cancels the source, before the end is told', async () => {
  const ends: BodyEnd[] = [];
  const shared = { left: 1000 };
  const source = counted(1000);
  const body = readAhead(source.stream, { bodyBytes: 30, shared }, true, (end) => {
    expect(source.cancelled()).toBe(true);
    ends.push(end);
  });
  await settle();
  await body.cancel();
  expect(ends).toEqual([{ outcome: 'cancelled' }]);
  expect(shared.left).toBe(1000);
});

test('when it is not eager, nothing is touched before the first read', async () => {
  const source = counted(3);
  const body = readAhead(source.stream, bounds(1000), false, () => {});
  await settle();
  expect(source.stream.locked).toBe(false);
  expect((await new Response(body).bytes()).length).toBe(30);
});
