import { readdirSync, readFileSync } from 'node:fs';
import { post } from '../conformance/suites/context.ts';

/** What a client got. */
export interface Got {
  /** 0 when the connection broke before any of the answer came. */
  readonly status: number;
  readonly retryAfter: string | null;
  /** The body, or the answer as a whole, broke off instead of ending. */
  readonly broken: boolean;
  readonly bytes: number;
  readonly cache: string | null;
  readonly engine: string | null;
  /** Of an answer that is no audio. */
  readonly text: string;
}

export interface Asking {
  readonly streaming?: boolean;
  readonly seed?: number;
  readonly voice?: string;
  /** Leaves after so many bytes. */
  readonly leaveAfter?: number;
  /** Leaves when this aborts. */
  readonly signal?: AbortSignal;
  /** Longest wait for the end of the answer: above every deadline that is set. */
  readonly withinMs?: number;
}

const WITHIN_MS = 100_000;

/** Asks for speech and reads what comes to its end. @throws when there is no end within `withinMs` */
export async function ask(url: string, text: string, asking: Asking = {}): Promise<Got> {
  const { streaming = true, seed, voice, leaveAfter = Infinity, withinMs = WITHIN_MS } = asking;
  const late = AbortSignal.timeout(withinMs);
  const leaving = new AbortController();
  const signal = AbortSignal.any([late, leaving.signal, ...(asking.signal ? [asking.signal] : [])]);
  const got = { status: 0, retryAfter: null, broken: false, bytes: 0, cache: null, engine: null, text: '' };
  let answer: Got = got;
  const parts: Uint8Array[] = [];
  try {
    const body = { text, streaming, seed, reference_id: voice };
    const response = await post(`${url}/v1/tts`, body, { signal });
    const { headers, status } = response;
    answer = {
      ...got,
      status,
      retryAfter: headers.get('retry-after'),
      cache: headers.get('x-cache'),
      engine: headers.get('x-engine'),
    };
    let bytes = 0;
    for await (const part of response.body ?? []) {
      bytes += part.length;
      if (status !== 200) parts.push(part);
      answer = { ...answer, bytes };
      if (bytes > leaveAfter) leaving.abort();
    }
  } catch (error) {
    if (late.aborted) throw new Error(`no end within ${withinMs} ms`, { cause: error });
    answer = { ...answer, broken: true };
  }
  return { ...answer, text: Buffer.concat(parts).toString() };
}

/** What the process and those that it started hold in memory, in bytes; undefined where /proc is not there. */
export function residentBytes(pid: number): number | undefined {
  try {
    const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    const below = children.map((child) => residentBytes(child) ?? 0);
    return Number(rss ?? 0) * 1024 + below.reduce((sum, bytes) => sum + bytes, 0);
  } catch {
    return undefined;
  }
}
