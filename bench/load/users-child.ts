/** Users in a process of their own: runs for the seconds of its argument, a UsersTask as JSON, and prints a UsersReport. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { Client } from 'undici';
import { LiveClient } from '../../test/conformance/suites/live-client.ts';
import { type Asked, kindAt, socketKind } from './mix.ts';

export interface UsersTask {
  readonly url: string;
  readonly secret: string;
  readonly users: number;
  readonly seconds: number;
}

/** Milliseconds. */
interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Tally {
  readonly served: number;
  /** 429 and 503 that say when to come again. */
  readonly refused: number;
  readonly failed: number;
}

export interface Moment extends Tally {
  readonly at: number;
  readonly p50: number;
  readonly p99: number;
}

export interface UsersReport {
  readonly kinds: Readonly<
    Record<string, Tally & { readonly first: Percentiles; readonly whole: Percentiles }>
  >;
  readonly all: Tally & { readonly first: Percentiles; readonly whole: Percentiles };
  /** What failed, and how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly series: readonly Moment[];
}

const deadlineMs = 60_000;
const socketShare = 0.1;
/** Nobody asks again at once who was told to wait; a bench does not wait for whole seconds. */
const refusedPauseMs = 100;
const mostFailures = 20;
const momentsWanted = 60;
const microseconds = 1000;

class Count {
  served = 0;
  refused = 0;
  failed = 0;
  readonly #first: RecordableHistogram = createHistogram();
  readonly #whole: RecordableHistogram = createHistogram();

  add(outcome: keyof Tally, firstMs: number, wholeMs: number): void {
    this[outcome]++;
    if (outcome !== 'served') return;
    this.#first.record(Math.max(1, Math.round(firstMs * microseconds)));
    this.#whole.record(Math.max(1, Math.round(wholeMs * microseconds)));
  }

  report(): UsersReport['all'] {
    const { served, refused, failed } = this;
    return { served, refused, failed, first: percentiles(this.#first), whole: percentiles(this.#whole) };
  }
}

function percentiles(histogram: RecordableHistogram): Percentiles {
  const at = (share: number): number => histogram.percentile(share) / microseconds;
  return { p50: at(50), p95: at(95), p99: at(99) };
}

interface Outcome {
  readonly outcome: keyof Tally;
  readonly firstMs: number;
  /** Why it failed. */
  readonly why?: string;
}

/** One request, read to its end: a body that breaks off is a failure, whatever its status was. */
async function ask(client: Client, asked: Asked, secret: string, isBad = false): Promise<Outcome> {
  const began = performance.now();
  let firstMs = Number.NaN;
  try {
    const { statusCode, headers, body } = await client.request({
      method: asked.method,
      path: asked.path,
      headers: {
        authorization: `Bearer ${asked.isStranger ? 'nobody' : secret}`,
        ...(asked.type === undefined ? {} : { 'content-type': asked.type }),
      },
      body: asked.body ?? null,
    });
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (bytes === 0) firstMs = performance.now() - began;
      bytes += chunk.length;
    }
    const isRight = isBad ? statusCode >= 400 && statusCode < 500 : statusCode === 200;
    if (isRight && bytes > 0) return { outcome: 'served', firstMs };
    const isHonest = (statusCode === 429 || statusCode === 503) && 'retry-after' in headers;
    return isHonest
      ? { outcome: 'refused', firstMs }
      : { outcome: 'failed', firstMs, why: `${statusCode}, ${bytes} bytes` };
  } catch (error) {
    return { outcome: 'failed', firstMs, why: messageOf(error) };
  }
}

/** One session of three sentences, which must end as it was asked to. */
async function converse(url: string, secret: string, number: number): Promise<Outcome> {
  const began = performance.now();
  try {
    const live = await LiveClient.start(url, {}, { authorization: `Bearer ${secret}` });
    let firstMs = Number.NaN;
    live.socket.once('message', () => {
      firstMs = performance.now() - began;
    });
    live.say(`Number ${number}: it was late. `, 'The boats lay still. ', 'And so it went on.');
    const messages = await live.finish();
    await live.leave();
    const last = messages.at(-1);
    if (last?.reason === 'stop' && live.audio.length > 0) return { outcome: 'served', firstMs };
    return { outcome: 'failed', firstMs, why: `ended with ${last?.event} ${last?.reason}` };
  } catch (error) {
    const why = messageOf(error);
    return { outcome: /response: (429|503)/.test(why) ? 'refused' : 'failed', firstMs: Number.NaN, why };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 120) : String(error);
}

async function main({ url, secret, users, seconds }: UsersTask): Promise<UsersReport> {
  const counts = new Map<string, Count>();
  const all = new Count();
  const failures: Record<string, number> = {};
  const series: Moment[] = [];
  let moment = new Count();
  const began = performance.now();
  const end = began + seconds * 1000;
  const tell = (kind: string, { outcome, firstMs, why }: Outcome, wholeMs: number): void => {
    const count = counts.get(kind) ?? new Count();
    counts.set(kind, count);
    for (const one of [count, all, moment]) one.add(outcome, firstMs, wholeMs);
    if (outcome !== 'failed') return;
    const line = `${kind}: ${why}`;
    if (line in failures || Object.keys(failures).length < mostFailures)
      failures[line] = (failures[line] ?? 0) + 1;
  };
  const everyMs = Math.max(1000, (seconds * 1000) / momentsWanted);
  const timer = setInterval(() => {
    const { served, refused, failed, whole } = moment.report();
    const at = (performance.now() - began) / 1000;
    series.push({ at, served, refused, failed, p50: whole.p50, p99: whole.p99 });
    moment = new Count();
  }, everyMs);
  let number = 0;
  const user = async (hasSocket: boolean): Promise<void> => {
    const client = new Client(url, { headersTimeout: deadlineMs, bodyTimeout: deadlineMs });
    while (performance.now() < end) {
      const from = performance.now();
      const kind = kindAt(Math.random());
      const told = hasSocket
        ? await converse(url, secret, number++)
        : await ask(client, kind.ask(number++), secret, kind.isBad);
      tell(hasSocket ? socketKind : kind.name, told, performance.now() - from);
      if (told.outcome !== 'served') await new Promise((resolve) => setTimeout(resolve, refusedPauseMs));
    }
    await client.close();
  };
  const sockets = Math.floor(users * socketShare);
  await Promise.all(Array.from({ length: users }, (_, index) => user(index < sockets)));
  clearInterval(timer);
  const reports = [...counts].map(([kind, count]) => [kind, count.report()]);
  return { kinds: Object.fromEntries(reports), all: all.report(), failures, series };
}

process.stdout.write(JSON.stringify(await main(JSON.parse(process.argv[2] ?? '{}') as UsersTask)));
process.exit(0);
