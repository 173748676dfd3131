import { expect, test } from 'vitest';
import { ClientGone, orGone } from '../../src/stream/cancel.ts';
import { pullStream } from '../../src/stream/pull.ts';
import { settle } from './sources.ts';

test('makes a chunk only when one is asked for, and skips empty ones', async () => {
  let made = 0;
  const stream = pullStream(async function* () {
    for (const chunk of [[], [1], [2]]) {
      made++;
      yield Uint8Array.from(chunk);
    }
  });
  await settle();
  expect(made).toBe(0);
  const reader = stream.getReader();
  expect((await reader.read()).value).toEqual(Uint8Array.of(1));
  await settle();
  expect(made).toBe(2);
});

test('releases once however it ends: finish, error, cancel, cancel before the first read', async () => {
  let released = 0;
  const release = (): void => void released++;
  const one = async function* (): AsyncGenerator<Uint8Array, void, void> {
    yield Uint8Array.of(1);
  };
  await new Response(pullStream(one, release)).arrayBuffer();
  expect(released).toBe(1);

  const failing = pullStream(async function* () {
    yield Uint8Array.of(1);
    throw new Error('cut');
  }, release).getReader();
  await failing.read();
  await expect(failing.read()).rejects.toThrow('cut');
  expect(released).toBe(2);

  const left = pullStream(one, release).getReader();
  await left.read();
  await left.cancel();
  expect(released).toBe(3);

  await pullStream(one, release).cancel();
  expect(released).toBe(4);
});

test('cancelling aborts the signal of a generator that waits, and runs its finally', async () => {
  let reason: unknown;
  let cleaned = false;
  const reader = pullStream(async function* (signal) {
    try {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      reason = signal.reason;
      yield Uint8Array.of(1);
    } finally {
      cleaned = true;
    }
  }).getReader();
  const read = reader.read();
  await settle();
  await reader.cancel('left');
  expect((await read).done).toBe(true);
  expect(reason).toBeInstanceOf(ClientGone);
  expect(cleaned).toBe(true);
});

test('a release that fails does not keep the generator from ending', async () => {
  let cleaned = false;
  const reader = pullStream(
    async function* () {
      try {
        yield Uint8Array.of(1);
        yield Uint8Array.of(2);
      } finally {
        cleaned = true;
      }
    },
    () => {
      throw new Error('release');
    },
  ).getReader();
  await reader.read();
  await expect(reader.cancel()).rejects.toThrow('release');
  expect(cleaned).toBe(true);
});

test('orGone rejects when the client leaves, before or during the work', async () => {
  const left = new AbortController();
  const during = orGone(new Promise(() => {}), left.signal);
  left.abort('bye');
  await expect(during).rejects.toBeInstanceOf(ClientGone);
  await expect(orGone(Promise.reject(new Error('late')), left.signal)).rejects.toBeInstanceOf(ClientGone);
  expect(await orGone(Promise.resolve(7), new AbortController().signal)).toBe(7);
});
