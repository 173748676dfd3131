/** How `/v1/health` was answered while something else went on, in milliseconds, less what this process itself stood still. */
export interface Watched {
  readonly answers: number;
  readonly longest: number;
  readonly p99: number;
}

const pauseMs = 10;
const tickMs = 5;

/** Adds up for how long this process has stood still: so long nobody was asked, and no answer was read. */
function watchOwnStalls(): { readonly total: () => number; readonly end: () => void } {
  let stood = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    stood += Math.max(0, now - last - tickMs);
    last = now;
  };
  const timer = setInterval(look, tickMs);
  const total = (): number => {
    look();
    return stood;
  };
  return { total, end: () => clearInterval(timer) };
}

/** Asks for health again and again, as a load balancer in a hurry does, while `work` goes on. */
export async function watchHealth<Result>(
  url: string,
  work: () => Promise<Result>,
): Promise<Watched & { readonly result: Result }> {
  const times: number[] = [];
  let isOver = false;
  const stalls = watchOwnStalls();
  const watching = (async () => {
    while (!isOver) {
      const [started, stood] = [performance.now(), stalls.total()];
      const response = await fetch(`${url}/v1/health`);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`Health is ${response.status}.`);
      times.push(performance.now() - started - (stalls.total() - stood));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  })();
  try {
    const result = await work();
    isOver = true;
    await watching;
    times.sort((a, b) => a - b);
    const at = Math.min(times.length - 1, Math.floor(times.length * 0.99));
    return { result, answers: times.length, longest: times.at(-1) ?? 0, p99: times[at] ?? 0 };
  } finally {
    isOver = true;
    stalls.end();
  }
}
