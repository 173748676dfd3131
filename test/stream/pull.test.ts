import { describe, expect, test } from 'vitest';
import { abortable, ClientGone } from '../../src/stream/cancel.ts';
import { chunksOf, pullStream } from '../../src/stream/pull.ts';
import { settle } from './sources.ts';

describe.each([
  ['read as any stream', (stream: ReadableStream<Uint8Array>) => stream.getReader()],
  ['read at its source', chunksOf],
])('a pulled stream that is %s', (_, readerOf) => {
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
    const reader = readerOf(stream);
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

    const failing = readerOf(
      pullStream(async function* () {
        yield Uint8Array.of(1);
        throw new Error('cut');
      }, release),
    );
    await failing.read();
    await expect(failing.read()).rejects.toThrow('cut');
    expect(released).toBe(2);

    const left = readerOf(pullStream(one, release));
    await left.read();
    await left.cancel();
    expect(released).toBe(3);

    await pullStream(one, release).cancel();
    expect(released).toBe(4);
  });

  test('cancelling aborts the signal of a generator that waits, and runs its finally', async () => {
    let reason: unknown;
    let cleaned = false;
    const stream = pullStream(async function* (signal) {
      try {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        reason = signal.reason;
        yield Uint8Array.of(1);
      } finally {
        cleaned = true;
      }
    });
    const reader = readerOf(stream);
    const read = reader.read();
    await settle();
    await reader.cancel('left');
    expect((await read).done).toBe(true);
    expect(reason).toBeInstanceOf(ClientGone);
    expect(cleaned).toBe(true);
  });

  test('a release that fails does not keep the generator from ending', async () => {
    let cleaned = false;
    const stream = pullStream(
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
    );
    const reader = readerOf(stream);
    await reader.read();
    await expect(reader.cancel()).rejects.toThrow('release');
    expect(cleaned).toBe(true);
  });

  test('cannot be read by anybody else', () => {
    const stream = pullStream(async function* () {});
    readerOf(stream);
    expect(stream.locked).toBe(true);
    expect(() => chunksOf(stream)).toThrow(TypeError);
  });

  test('ends for good: what is read after the end, an error or a cancel is no chunk', async () => {
    const one = async function* (): AsyncGenerator<Uint8Array, void, void> {
      yield Uint8Array.of(1);
    };
    const ended = readerOf(pullStream(one));
    for (const done of [false, true, true]) expect((await ended.read()).done).toBe(done);
    const cancelled = readerOf(pullStream(one));
    await cancelled.cancel();
    expect((await cancelled.read()).done).toBe(true);
    const failed = readerOf(
      pullStream(async function* () {
        yield* one();
        throw new Error('cut');
      }),
    );
    await failed.read();
    for (let i = 0; i < 2; i++) await expect(failed.read()).rejects.toThrow('cut');
    await failed.cancel().catch(() => {});
  });
});

test('orGone rejects when the client leaves, before or during the work', async () => {
  const left = new AbortController();
  const during = abortable(new Promise(() => {}), left.signal);
  left.abort('bye');
  await expect(during).rejects.toBeInstanceOf(ClientGone);
  await expect(abortable(Promise.reject(new Error('late')), left.signal)).rejects.toBeInstanceOf(ClientGone);
  expect(await abortable(Promise.resolve(7), new AbortController().signal)).toBe(7);
});
