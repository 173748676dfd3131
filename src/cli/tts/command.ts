import { readFile } from 'node:fs/promises';
import { FishEdge } from '../../client/client.ts';
import { version } from '../../core/version.ts';
import { connect as connectTo, DEFAULT_SERVER, describe } from '../remote/options.ts';
import { describeOptions, type Given, Misuse, numberIn, parseOptions, stopSignal } from '../usage.ts';
import { audioOf, timedAudioOf } from './audio.ts';
import { type LocalServer, openLocalServer } from './local-server.ts';
import { formatNamed, type TtsOption, ttsOptions } from './options.ts';
import { type Output, openFile, openPlayer, openStdout, ReaderGone } from './output.ts';
import { createSpeechProgress } from './progress.ts';

const PROBE_MS = 2000;
/** Of shorter ones nobody wants to know how far they are. */
const LONG_TEXT = 500;
const MAX_TEXT_BYTES = 16 * 1024 * 1024;
const MAX_REFERENCE_BYTES = 32 * 1024 * 1024;
const MAX_SEED = 2 ** 31 - 1;

const help = `fish-tts speaks a text.

Usage: fish-tts [options] [TEXT]
       fish-tts -o speech.wav "Good morning!"
       fish-tts --play -i letter.txt
       echo "Good morning!" | fish-tts -f mp3 > speech.mp3

Options:
${describeOptions(ttsOptions)}

Exit codes: 0 done, 1 it failed, 2 it was called wrongly.
`;

type TtsArgs = Given<TtsOption>;

/** `fish-tts`. Ends with the exit code. */
export async function runTts(args: readonly string[]): Promise<number> {
  let server = '';
  try {
    const given = parseOptions(args, ttsOptions);
    server = serverOf(given) ?? DEFAULT_SERVER;
    if (given.isSet('help')) process.stdout.write(help);
    else if (given.isSet('version')) console.log(`fish-tts ${version}`);
    else await speak(given);
    return 0;
  } catch (error) {
    if (error instanceof Misuse) {
      console.error(`Error: ${error.message}\nSee fish-tts --help.`);
      return 2;
    }
    if (!(error instanceof ReaderGone)) console.error(`Error: ${describe(error, server)}`);
    return 1;
  }
}

async function speak(given: TtsArgs): Promise<void> {
  const output = given.text('output');
  const format = given.text('format') ?? formatNamed(output ?? '') ?? 'wav';
  const signal = stopSignal();
  const request = { ...(await requestOf(given, format)), text: await textOf(given) };
  if (output === undefined && !given.isSet('play') && process.stdout.isTTY)
    throw new Misuse('Audio is nothing for a terminal: name a file with -o, or say --play.');
  const { client, local } = await connect(given);
  try {
    const outputs = await openOutputs(given, format);
    const bytes = await carry(client, request, outputs, { given, signal });
    if (output !== undefined && !given.isSet('quiet'))
      console.error(`Audio saved to ${output} (${bytes} bytes)`);
  } finally {
    await local?.close();
  }
}

/** The body of `/v1/tts`, without the text. */
async function requestOf(given: TtsArgs, format: string): Promise<Readonly<Record<string, unknown>>> {
  const [reference, transcript] = [given.text('reference'), given.text('reference-text')];
  if (reference !== undefined && transcript === undefined)
    throw new Misuse('--reference-text is required with --reference.');
  const seed = numberIn('seed', given.text('seed'), 0, MAX_SEED);
  const speed = numberIn('speed', given.text('speed'), 0.25, 4);
  return {
    format,
    streaming: format === 'wav' && (given.isSet('stream') || given.isSet('play')),
    temperature: numberIn('temperature', given.text('temperature'), 0.1, 1),
    top_p: numberIn('top-p', given.text('top-p'), 0.1, 1),
    seed: seed || undefined,
    reference_id: given.text('voice'),
    ...(speed !== undefined && { prosody: { speed } }),
    ...(reference !== undefined && {
      references: [
        { audio: (await readLimited(reference, MAX_REFERENCE_BYTES)).toString('base64'), text: transcript },
      ],
    }),
  };
}

/** Of the arguments, the file that was named, or what comes by a pipe. */
async function textOf(given: TtsArgs): Promise<string> {
  const input = given.text('input');
  const words = given.positionals.join(' ');
  if (input !== undefined && words !== '') throw new Misuse('Give a text or a file, not both.');
  if (words !== '') return words;
  if (input === undefined && process.stdin.isTTY) throw new Misuse('Give a text, a file with -i, or a pipe.');
  const bytes =
    input === undefined || input === '-' ? await readStdin() : await readLimited(input, MAX_TEXT_BYTES);
  const text = bytes.toString('utf8').trim();
  if (text === '') throw new Misuse('The text is empty.');
  return text;
}

async function readLimited(path: string, max: number): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read: ${error.code ?? error.message}`);
  });
  if (bytes.length > max) throw new Error(`${path} is larger than ${max / 2 ** 20} MiB.`);
  return bytes;
}

async function readStdin(): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin) {
    size += part.length;
    if (size > MAX_TEXT_BYTES) throw new Error(`The text is larger than ${MAX_TEXT_BYTES / 2 ** 20} MiB.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function serverOf(given: TtsArgs): string | undefined {
  return given.text('server') ?? (process.env.FISH_SERVER || undefined);
}

/** The server that was named; else the usual one, if it is there; else the voice on this machine. */
async function connect(given: TtsArgs): Promise<{ client: FishEdge; local?: LocalServer }> {
  const named = serverOf(given);
  const isLocal = given.isSet('local') || (named === undefined && !(await isThere(DEFAULT_SERVER)));
  if (!isLocal) return { client: connectTo(named ?? DEFAULT_SERVER, given) };
  if (!given.isSet('quiet') && !given.isSet('local'))
    console.error(`There is no server at ${DEFAULT_SERVER}: the voice on this machine speaks.`);
  const local = await openLocalServer(process.env);
  return { client: new FishEdge({ fetch: local.fetch, maxRetries: 0 }), local };
}

function isThere(server: string): Promise<boolean> {
  return fetch(`${server}/v1/health`, { signal: AbortSignal.timeout(PROBE_MS) }).then(
    async (response) => {
      await response.body?.cancel();
      return true;
    },
    () => false,
  );
}

async function openOutputs(given: TtsArgs, format: string): Promise<readonly Output[]> {
  const path = given.text('output');
  const outputs: Output[] = [];
  if (given.isSet('play')) outputs.push(await openPlayer(format));
  if (path !== undefined) outputs.push(await openFile(path));
  return outputs.length > 0 ? outputs : [openStdout()];
}

/** All audio of a request, to all outputs. The number of bytes. */
async function carry(
  client: FishEdge,
  request: Readonly<Record<string, unknown>> & { readonly text: string },
  outputs: readonly Output[],
  { given, signal }: { readonly given: TtsArgs; readonly signal: AbortSignal },
): Promise<number> {
  const { text } = request;
  const isWatched = given.isSet('progress') || (process.stderr.isTTY && !given.isSet('quiet'));
  const isLong = text.length >= LONG_TEXT || given.isSet('progress');
  const progress = createSpeechProgress(text.length, process.stderr);
  try {
    let bytes = 0;
    const audio =
      isWatched && isLong
        ? timedAudioOf(client, request, signal, progress.moved)
        : audioOf(client, request, signal);
    for await (const chunk of audio) {
      bytes += chunk.byteLength;
      await Promise.all(outputs.map((output) => output.write(chunk)));
    }
    progress.end();
    for (const output of outputs) await output.finish();
    return bytes;
  } catch (error) {
    progress.end();
    await Promise.all(outputs.map((output) => output.discard().catch(() => {})));
    throw error;
  }
}
