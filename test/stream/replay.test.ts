import { describe, expect, test } from 'vitest';
import { ClientGone } from '../../src/stream/cancel.ts';
import { Replay } from '../../src/stream/replay.ts';
import { readBytes, readSome } from './replay-readers.ts';
import { handFed, settle } from './sources.ts';

const roomy = { maxBytes: 1024 };

describe('a shared source', () => {
  test('is heard from its first byte by one who comes late, and then live', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, roomy);
    const early = replay.join().getReader();
    source.give(1, 2);
    expect(await readSome(early)).toEqual([1, 2]);
    const late = replay.join().getReader();
    expect(await readSome(late)).toEqual([1, 2]);
    const both = [early.read(), late.read()];
    source.give(3);
    expect((await Promise.all(both)).map(({ value }) => [...(value ?? [])])).toEqual([[3], [3]]);
  });

  test('is read once, and no faster than its fastest reader asks', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, roomy);
    const [fast, slow] = [replay.join().getReader(), replay.join()];
    await settle();
    expect(source.pulls).toBe(0);
    source.give(1);
    await fast.read();
    source.give(2);
    await fast.read();
    await settle();
    expect(source.pulls).toBeLessThanOrEqual(2);
    source.close();
    expect(await readBytes(slow)).toEqual([1, 2]);
  });

  test('is held once, however many hear it: none of them has a copy', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, roomy);
    const readers = Array.from({ length: 50 }, () => replay.join().getReader());
    source.give(7, 8);
    const heard = await Promise.all(readers.map((reader) => reader.read()));
    expect(heard.map(({ value }) => [...(value ?? [])])).toEqual(readers.map(() => [7, 8]));
    expect(new Set(heard.map(({ value }) => value?.buffer)).size).toBe(1);
  });

  test('that goes on changes nothing of what was handed out', async () => {
    const source = handFed();
    const reader = new Replay(source.stream, roomy).join().getReader();
    source.give(1, 2);
    const { value } = await reader.read();
    source.give(3, 4);
    expect(await readSome(reader)).toEqual([3, 4]);
    expect([...(value ?? [])]).toEqual([1, 2]);
  });

  test('that is over is still heard by one who comes while another listens', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, roomy);
    const reading = readBytes(replay.join());
    const listening = replay.join();
    source.give(1, 2, 3);
    source.close();
    await reading;
    expect(await readBytes(replay.join())).toEqual([1, 2, 3]);
    expect(await readBytes(listening)).toEqual([1, 2, 3]);
    expect(replay.isOpen).toBe(false);
  });

  test('that breaks does so for everybody, after what came before, and takes nobody any more', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, roomy);
    const readers = [replay.join().getReader(), replay.join().getReader()];
    source.give(1);
    await readers[0]?.read();
    source.fail(new Error('broken'));
    await expect(readers[0]?.read()).rejects.toThrow('broken');
    expect(await readers[1]?.read()).toMatchObject({ value: Uint8Array.of(1) });
    await expect(readers[1]?.read()).rejects.toThrow('broken');
    expect(() => replay.join()).toThrow();
  });
});

describe('leaving', () => {
  test('of all but one disturbs nobody; the last one stops the source', async () => {
    const source = handFed();
    let shut = 0;
    const replay = new Replay(source.stream, { ...roomy, onShut: () => shut++ });
    const readers = Array.from({ length: 100 }, () => replay.join().getReader());
    source.give(1);
    for (const reader of readers.slice(1)) await reader.cancel();
    expect(source.cancelled).toBeUndefined();
    expect(await readSome(readers[0]!)).toEqual([1]);
    source.give(2);
    expect(await readSome(readers[0]!)).toEqual([2]);
    expect(shut).toBe(0);
    await readers[0]?.cancel();
    expect(source.cancelled?.reason).toBeInstanceOf(ClientGone);
    expect(shut).toBe(1);
  });

  test('by a signal breaks that reader alone', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, roomy);
    const gone = new AbortController();
    const leaver = replay.join(gone.signal).getReader();
    const other = replay.join().getReader();
    const waiting = leaver.read();
    gone.abort();
    await expect(waiting).rejects.toBeInstanceOf(ClientGone);
    source.give(5);
    expect(await readSome(other)).toEqual([5]);
  });

  test('before joining stops the source when there is nobody else', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, roomy);
    await expect(readBytes(replay.join(AbortSignal.abort()))).rejects.toBeInstanceOf(ClientGone);
    expect(source.cancelled).toBeDefined();
  });
});
