import type { PackSource } from '../../engine/onnx/packs/pack.ts';
import { describe, isFinal, PackFailure } from './failure.ts';
import { type IdleTimer, reasonOf, watch } from './idle-timer.ts';
import { type Origin, Part } from './part.ts';
import { type DownloadContext, nameOf, stagedPath, type WantedFile } from './source.ts';

/** How often a transfer that broke off is taken up again before the source counts as unreachable. */
const ATTEMPTS = 3;

/** Bytes of a file that are there, and how many of them just came. */
type Moved = (done: number, more: number) => void;

/** Fetches each file from its own URL, continuing what an earlier run left. */
export async function fetchFromUrl(
  source: Extract<PackSource, { kind: 'url' }>,
  wanted: readonly WantedFile[],
  context: DownloadContext,
): Promise<void> {
  const total = wanted.reduce((sum, file) => sum + file.pin.bytes, 0);
  let before = 0;
  let brought = 0;
  let complete = false;
  context.progress.begin(context.packId, nameOf(source), total);
  try {
    for (const file of wanted) {
      const moved: Moved = (done, more) => {
        brought += more;
        context.progress.moved(before + done, brought);
      };
      await fetchFile(new URL(file.path, source.base).href, file, context, moved);
      before += file.pin.bytes;
    }
    complete = true;
  } finally {
    context.progress.end(complete);
  }
}

async function fetchFile(
  url: string,
  file: WantedFile,
  context: DownloadContext,
  moved: Moved,
): Promise<void> {
  const part = new Part(stagedPath(context, file.name), file.pin);
  try {
    for (let left = ATTEMPTS - 1; ; left--) {
      try {
        return await transfer(url, part, context, moved);
      } catch (error) {
        if (left === 0 || !(error instanceof BrokenOff)) throw error;
        await part.close();
      }
    }
  } catch (error) {
    if (isFinal(error)) throw error;
    const kind = error instanceof PackFailure ? error.kind : 'unreachable';
    throw new PackFailure(kind, `${url}: ${describe(error)}`, error);
  } finally {
    await part.close();
  }
}

/** It failed, but after a step forward: asking again may help. */
class BrokenOff extends Error {}

/** One request. */
async function transfer(url: string, part: Part, context: DownloadContext, moved: Moved): Promise<void> {
  const origin = await part.resume();
  const start = part.done;
  if (start < part.pin.bytes) await receive(url, part, origin, context, moved);
  try {
    await part.finish();
  } catch (error) {
    // What an earlier run left may have been the wrong half: it is deleted now, so ask for all of it once more.
    if (start > 0 && error instanceof PackFailure && error.kind === 'wrong-content') {
      throw new BrokenOff(error.message);
    }
    throw error;
  }
}

async function receive(
  url: string,
  part: Part,
  origin: Origin | undefined,
  context: DownloadContext,
  moved: Moved,
): Promise<void> {
  const idleTimer = watch(context.signal, context.deadlines.connect, new URL(url).host);
  let base = Number.POSITIVE_INFINITY;
  try {
    const response = await context.fetch(url, {
      headers: rangeOf(url, part, origin),
      signal: idleTimer.signal,
    });
    await accept(url, part, response);
    base = part.done;
    await store(response, part, idleTimer, context, moved);
  } catch (error) {
    const reason = reasonOf(error, idleTimer);
    if (reason instanceof PackFailure || part.done <= base) throw reason;
    throw new BrokenOff(`broke off at ${part.done} of ${part.pin.bytes} bytes: ${describe(reason)}`);
  } finally {
    idleTimer.stop();
  }
}

function rangeOf(url: string, part: Part, origin: Origin | undefined): Record<string, string> {
  // Without `identity` a proxy may compress, and byte positions would mean something else.
  const headers = { 'accept-encoding': 'identity' };
  if (!origin || origin.url !== url) return headers;
  return { ...headers, range: `bytes=${part.done}-`, 'if-range': origin.validator };
}

/** Continues the part where the server does, or starts again where it sends the whole file. */
async function accept(url: string, part: Part, response: Response): Promise<void> {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (response.status === 206 && Number(start) === part.done) return;
  if (response.status === 200) return part.restart(originOf(url, response));
  await response.body?.cancel();
  // A range that the server cannot satisfy, or another one than asked for: the next run starts afresh.
  if (response.status === 206 || response.status === 416) await part.remove();
  throw new Error(`answered ${response.status} ${response.statusText}`.trim());
}

function originOf(url: string, response: Response): Origin | undefined {
  const etag = response.headers.get('etag');
  const strong = etag && !etag.startsWith('W/') ? etag : undefined;
  const validator = strong ?? response.headers.get('last-modified');
  return validator ? { url, validator } : undefined;
}

async function store(
  response: Response,
  part: Part,
  idleTimer: IdleTimer,
  context: DownloadContext,
  moved: Moved,
): Promise<void> {
  if (!response.body) throw new Error('empty answer');
  moved(part.done, 0);
  idleTimer.kick(context.deadlines.idle);
  for await (const chunk of response.body) {
    await part.write(chunk);
    moved(part.done, chunk.length);
    idleTimer.kick(context.deadlines.idle);
  }
  if (part.done < part.pin.bytes) throw new Error('end of the answer');
}
