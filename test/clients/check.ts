import type { Ground } from './ground.ts';

/** What a client printed or threw about one check. */
export interface Result {
  readonly client: string;
  readonly version: string;
  readonly check: string;
  /** `null` where it could not be tried here; `why` says why. */
  readonly ok: boolean | null;
  readonly why: string;
}

/** A check passes unless it throws; it returns a reason where it cannot be tried here. */
type Check = (ground: Ground) => Promise<unknown>;

export interface Client {
  readonly client: string;
  readonly version: string;
  readonly checks: Readonly<Record<string, Check>>;
}

/** What a check throws where it cannot be tried. */
export class CannotTry extends Error {}

/** A check that hangs is a failure, not the end of the run; nor may slow checks of one client hold up all others. */
const CHECK_DEADLINE_MS = 60_000;
const CLIENT_DEADLINE_MS = 300_000;

export async function runCheck(
  check: Check,
  ground: Ground,
  deadlineMs: number = CHECK_DEADLINE_MS,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    await Promise.race([check(ground), late]);
  } finally {
    clearTimeout(timer);
  }
}

export async function runClient(
  { client, version, checks }: Client,
  ground: Ground,
  deadlineMs: number = CLIENT_DEADLINE_MS,
): Promise<Result[]> {
  const ends = Date.now() + deadlineMs;
  const results: Result[] = [];
  for (const [check, run] of Object.entries(checks)) {
    let [ok, why]: [boolean | null, string] = [true, ''];
    try {
      const left = ends - Date.now();
      if (left <= 0) throw new Error(`not begun: the client took longer than ${deadlineMs} ms`);
      await runCheck(run, ground, Math.min(CHECK_DEADLINE_MS, left));
    } catch (error) {
      [ok, why] = [error instanceof CannotTry ? null : false, oneLine(error)];
    }
    results.push({ client, version, check, ok, why });
  }
  return results;
}

export function oneLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 300);
}

/** The error that `attempt` throws. */
export async function errorOf(attempt: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([attempt]);
  if (result.status === 'fulfilled') throw new Error('there was no error');
  return result.reason;
}

/** All that an async iterable or a stream gives. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}
