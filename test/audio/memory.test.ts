import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import { createAacEncoder } from '../../src/audio/aac.ts';
import { createResampler } from '../../src/audio/dsp/resample.ts';
import { createStretcher } from '../../src/audio/dsp/stretch.ts';
import { createMp3Encoder } from '../../src/audio/mp3.ts';
import { createOpusEncoder } from '../../src/audio/opus.ts';
import type { PcmFilter } from '../../src/audio/pcm.ts';
import { HANDLES_PER_INSTANCE } from '../../src/audio/wasm/wasm-library.ts';
import { goldenPcm } from './signals.ts';

const RealInstance = WebAssembly.Instance;
const MEGABYTE = 2 ** 20;
let started: WebAssembly.Instance[];

beforeEach(() => {
  started = [];
  WebAssembly.Instance = new Proxy(RealInstance, {
    construct(Target, [module, imports]) {
      const instance = new Target(module, imports);
      started.push(instance);
      return instance;
    },
  });
});
afterEach(() => {
  WebAssembly.Instance = RealInstance;
});

function megabytes(): number {
  const memories = started.flatMap(({ exports }) =>
    Object.values(exports).filter((e) => e instanceof WebAssembly.Memory),
  );
  return memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0) / MEGABYTE;
}

const mallocs = {
  mp3: ['malloc', 'free'],
  opus: ['malloc', 'free'],
  aac: ['u', 'z'],
  resample: ['C', 'h'],
  stretch: ['G', 'p'],
} as const;

/** Where a block larger than any gap would lie: moves up with every byte that was not given back. */
function firstFreeAddress([malloc, free]: readonly [string, string]): number {
  const { exports = {} } = started[0] ?? {};
  const address = (exports[malloc] as (bytes: number) => number)(4 * MEGABYTE);
  (exports[free] as (address: number) => void)(address);
  return address;
}

const filters: Record<string, (module: WebAssembly.Module) => PcmFilter> = {
  mp3: (module) => createMp3Encoder({ rate: 24_000, channels: 1 }, module),
  opus: (module) => createOpusEncoder({ rate: 24_000, channels: 1 }, module),
  aac: (module) => createAacEncoder({ rate: 24_000, channels: 1 }, module),
  resample: (module) => createResampler(44_100, 24_000, 1, module),
  stretch: (module) => createStretcher(24_000, 1, 1.5, module),
};

describe('memory of a codec', () => {
  for (const name of ['mp3', 'opus', 'aac', 'resample', 'stretch'] as const) {
    const load = async () => {
      const module = await wasmLoader()(name); // a module of its own starts with an instance of its own
      return () => filters[name]?.(module) as PcmFilter;
    };

    test(`${name}: streams one after the other use one instance and give all memory back`, async () => {
      const open = await load();
      const speak = (streams: number, finish: 'end' | 'close'): number => {
        for (let i = 0; i < streams; i++) {
          const filter = open();
          filter.push(goldenPcm(200, 1));
          filter[finish]();
        }
        return firstFreeAddress(mallocs[name]);
      };
      const before = speak(2, 'end');
      expect(speak(40, 'close')).toBe(before);
      expect(speak(40, 'end')).toBe(before);
      expect(started.length).toBe(1);
    });

    test(`${name}: streams at the same time share instances`, async () => {
      const open = await load();
      const streams = Array.from({ length: HANDLES_PER_INSTANCE + 1 }, open);
      for (const stream of streams) stream.push(goldenPcm(5000, 1));
      expect(started.length).toBe(2);
      expect(megabytes()).toBeLessThan(2 * 50);
      for (const stream of streams) stream.end();
    });

    test(`${name}: streams that nobody closes fill no instance but their own`, async () => {
      const open = await load();
      for (let i = 0; i < 5 * HANDLES_PER_INSTANCE; i++) open().push(goldenPcm(200, 1));
      expect(started.length).toBe(5);
      expect(megabytes()).toBeLessThan(5 * 50);
    });
  }
});
