import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { installedPack, packFolder, readRecord } from '../../src/adapters/local/packs.ts';
import { hashFile } from '../../src/cli/models/part.ts';
import { pullPack } from '../../src/cli/models/pull.ts';
import type { VoicePack } from '../../src/engine/onnx/packs/pack.ts';
import { tinyPiper } from '../engine/onnx/tiny-graph.ts';
import { packOf, pullOptions, serve, someBytes, temporaryFolder, urlSource } from './support.ts';

const KILLS = 100;
/** Pulls at once, each into a data folder of its own. */
const AT_ONCE = 4;
/** Half of them are killed after so many pieces of files at most, the others after so long at most: when they prepare, say. */
const MAX_PIECES = 22;
const MAX_LIFE_MS = 500;
const PIECE_BYTES = 20_000;

const source = (name: string): string => JSON.stringify(new URL(`../../src/${name}`, import.meta.url).href);

/** Loads all that a pull needs, says so, and pulls. */
const script = `
  for (const module of [${['cli/models/lock.ts', 'cli/models/install.ts', 'cli/models/url.ts', 'engine/onnx/prepare/prepare.ts'].map(source)}])
    await import(module);
  const { pullPack } = await import(${source('cli/models/pull.ts')});
  const [dataDir, pack] = process.argv.slice(1);
  const nothing = () => undefined;
  const progress = { say: nothing, begin: nothing, moved: nothing, end: nothing };
  console.log('begins');
  await pullPack(JSON.parse(pack), { dataDir, progress });`;

/** In pieces, so that a kill finds files that are half there; ranges as RFC 9110 has them. */
function drip(
  range: string | undefined,
  response: ServerResponse,
  bytes: Uint8Array,
  sent: () => void,
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const head = { etag: '"v1"', 'content-length': bytes.length - start };
  const part = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(start > 0 ? 206 : 200, start > 0 ? { ...head, ...part } : head);
  let at = start;
  const send = (): void => {
    if (response.destroyed) return;
    if (at >= bytes.length) return void response.end();
    response.write(bytes.subarray(at, at + PIECE_BYTES));
    at += PIECE_BYTES;
    sent();
    setTimeout(send, 2);
  };
  send();
}

/** `whole` only where every byte is the right one. @throws where a pack that counts as installed has wrong ones */
async function stateOf(dataDir: string, pack: VoicePack): Promise<'whole' | 'absent'> {
  if (!(await installedPack(dataDir, pack))) return 'absent';
  const record = await readRecord(dataDir, pack.id);
  for (const file of Object.values(record?.files ?? {}))
    expect(await hashFile(join(packFolder(dataDir, pack.id), file.name))).toBe(file.sha256);
  return 'whole';
}

test('kill -9 in the middle of pulls, 100 times: a pack is whole or absent, and the next pull goes on and succeeds', async () => {
  const contents: Record<string, Uint8Array> = {
    config: someBytes(3000),
    original: tinyPiper(),
    extra: someBytes(400_000),
  };
  const pieces = new EventEmitter(); // by the number of the folder
  const server = await serve((request, response) => {
    const [, folder = '', name = ''] = request.url?.split('/') ?? [];
    const bytes = contents[name] ?? new Uint8Array();
    drip(request.headers.range, response, bytes, () => pieces.emit(folder));
  });
  const compiled = temporaryFolder(); // written by those that are not killed: a start is twice as quick
  const seen = { whole: 0, absent: 0 };

  const killOne = async (folder: number, dataDir: string, pack: VoicePack): Promise<boolean> => {
    const args = ['--input-type=module', '--eval', script, '--', dataDir, JSON.stringify(pack)];
    const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');
    let left = randomInt(MAX_PIECES);
    const count = (): void => void (left-- > 0 || child.kill('SIGKILL'));
    if (randomInt(2) === 0) pieces.on(String(folder), count);
    else setTimeout(() => child.kill('SIGKILL'), randomInt(MAX_LIFE_MS));
    const [code] = await exit;
    pieces.off(String(folder), count);
    expect([null, 0]).toContain(code); // killed, or done before
    const state = await stateOf(dataDir, pack);
    seen[state]++;
    if (state === 'whole') rmSync(packFolder(dataDir, pack.id), { recursive: true }); // from the beginning
    return code === null;
  };
  const killInTurn = async (folder: number): Promise<void> => {
    const dataDir = temporaryFolder();
    const sources = [urlSource(`${server.url}/${folder}`, ...Object.keys(contents))];
    const pack: VoicePack = { ...packOf(contents, sources), family: 'piper' };
    for (let killed = 0; killed < KILLS / AT_ONCE; ) if (await killOne(folder, dataDir, pack)) killed++;
    await pullPack(pack, pullOptions(dataDir));
    expect(await stateOf(dataDir, pack)).toBe('whole');
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, folder) => killInTurn(folder)));
  expect(seen.absent).toBeGreaterThan(0);
  expect(server.requests.filter((asked) => asked.includes('bytes='))).not.toEqual([]); // some went on where they were
}, 240_000);
