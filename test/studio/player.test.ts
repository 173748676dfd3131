import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const RATE = 24_000;
/** Not a literal import: the types of browsers are those of the page alone. */
const playerFile: string = new URL('../../studio/src/audio/player.ts', import.meta.url).href;

interface Player {
  readonly gaps: number;
  append(samples: Int16Array<ArrayBuffer>): void;
  complete(): void;
  pause(): void;
  play(): void;
}

/** A stretch of sound that was handed to the browser. */
interface Started {
  readonly at: number;
  readonly samples: Float32Array;
  isStopped: boolean;
}

/** Web Audio in a time of the test's own: no machine is slow in it. */
class FakeAudio {
  now = 0;
  readonly started: Started[] = [];
  private readonly ends: { readonly at: number; readonly ring: () => void; readonly of: Started }[] = [];

  install(): void {
    const audio = this;
    vi.stubGlobal(
      'AudioContext',
      class {
        readonly baseLatency = 0;
        readonly state = 'running';
        readonly destination = {};
        get currentTime(): number {
          return audio.now;
        }
        async resume(): Promise<void> {}
        createBuffer(
          _: number,
          length: number,
        ): { data: Float32Array; copyToChannel(from: Float32Array): void } {
          const data = new Float32Array(length);
          return { data, copyToChannel: (from) => data.set(from) };
        }
      },
    );
    vi.stubGlobal(
      'AudioBufferSourceNode',
      class {
        onended: (() => void) | null = null;
        private readonly data: Float32Array;
        private mine: Started | undefined;
        constructor(_: unknown, { buffer }: { buffer: { data: Float32Array } }) {
          this.data = buffer.data;
        }
        connect(): void {}
        disconnect(): void {}
        start(at: number): void {
          this.mine = { at, samples: this.data, isStopped: false };
          audio.started.push(this.mine);
          audio.ends.push({ at: at + this.data.length / RATE, ring: () => this.onended?.(), of: this.mine });
        }
        stop(): void {
          if (this.mine) this.mine.isStopped = true;
        }
      },
    );
  }

  /** Goes on to `time`; what ends meanwhile is told at the end of each step, as in pages in the background. */
  until(time: number, step = 0.1): void {
    while (this.now < time) {
      this.now = Math.min(time, this.now + step);
      for (const end of this.ends.filter(({ at }) => at <= this.now)) {
        this.ends.splice(this.ends.indexOf(end), 1);
        if (!end.of.isStopped) end.ring();
      }
    }
  }
}

/** Seconds of a ramp: each sample says which it is. */
function piece(from: number, seconds: number): Int16Array<ArrayBuffer> {
  return Int16Array.from(
    { length: Math.round(seconds * RATE) },
    (_, index) => ((from + index) % 30_011) - 15_005,
  );
}

/** What is heard, sample after sample, is what was said, with nothing missing or twice. */
function expectAll(started: readonly Started[], length: number): void {
  let at = 0;
  for (const { samples } of started) {
    for (const index of [0, Math.floor(samples.length / 2), samples.length - 1])
      expect(Math.round((samples[index] ?? 0) * 32_768)).toBe(((at + index) % 30_011) - 15_005);
    at += samples.length;
  }
  expect(at).toBe(length);
}

describe('the player', () => {
  let audio: FakeAudio;
  beforeEach(() => {
    audio = new FakeAudio();
    audio.install();
    vi.stubGlobal('sessionStorage', { getItem: () => null });
    vi.stubGlobal('document', { baseURI: 'http://page.test/' });
    vi.resetModules();
  });
  afterEach(() => vi.unstubAllGlobals());
  const makePlayer = async () => {
    const { Player } = (await import(playerFile)) as { readonly Player: new (onEnd: () => void) => Player };
    let hasEnded = false;
    const player = new Player(() => {
      hasEnded = true;
    });
    return { player, hasEnded: () => hasEnded };
  };

  it.each([
    [10, 'on a page that is looked at', 0.1],
    [2, 'on a page in the background', 1],
  ])('plays %i minutes that come in bursts without a gap %s', async (minutes, _, step) => {
    const { player, hasEnded } = await makePlayer();
    const seconds = minutes * 60;
    for (let made = 0, at = 0; made < seconds; made += 3, at += 2) {
      audio.until(at, step);
      player.append(piece(made * RATE, 3)); // three seconds of sound every two
    }
    player.complete();
    audio.until(seconds + 2, step);
    expect([player.gaps, hasEnded()]).toEqual([0, true]);
    expectAll(audio.started, seconds * RATE);
    for (const [index, next] of audio.started.slice(1).entries()) {
      const before = audio.started[index];
      expect(next.at).toBeCloseTo((before?.at ?? 0) + (before?.samples.length ?? 0) / RATE, 6);
    }
  });

  it('has few gaps, and loses nothing, where speech comes more slowly than it is heard', async () => {
    const { player, hasEnded } = await makePlayer();
    const seconds = 120;
    for (let made = 0; made < seconds; made += 0.5) {
      audio.until(made / 0.8);
      player.append(piece(made * RATE, 0.5));
    }
    player.complete();
    audio.until(seconds / 0.8 + 10);
    expect(hasEnded()).toBe(true);
    expect(player.gaps).toBeGreaterThan(3);
    expect(player.gaps).toBeLessThan(15); // with a fixed quarter of a second it were more than forty
    expectAll(audio.started, seconds * RATE);
  });

  it('is silent when it is paused in a gap, and goes on where it was', async () => {
    const { player, hasEnded } = await makePlayer();
    player.append(piece(0, 1));
    audio.until(3);
    player.pause();
    player.append(piece(RATE, 2));
    audio.until(5);
    expect(audio.started).toHaveLength(1);
    player.play();
    player.complete();
    audio.until(9);
    expect(hasEnded()).toBe(true);
    expectAll(audio.started, 3 * RATE);
  });
});
