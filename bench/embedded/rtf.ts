import type { InstalledPack } from '../../src/core/ports.ts';
import { findPack } from '../../src/engine/onnx/packs/manifest.ts';
import type { PackFamily } from '../../src/engine/onnx/packs/pack.ts';
import type { Runtime } from '../../test/conformance/server.ts';
import { installNative } from '../../test/native-runtime.ts';
import { alternate } from '../alternate.ts';
import { type Bench, defaultPack, type Goal, type Setup, type Table } from '../bench.ts';
import { runModule } from '../processes.ts';
import { paragraph, twoSentences, warmUp } from '../texts.ts';
import type { RtfSample, RtfTask } from './rtf-child.ts';

/** One process measures one of these. */
interface Case {
  readonly name: string;
  readonly pack: InstalledPack;
  readonly runtime: Runtime;
  readonly workers: number;
  readonly threads: number;
  readonly inference: Inference;
}

/** What computes a voice: WebAssembly with our kernels or ONNX Runtime's alone, or machine code. */
type Inference = 'wasm' | 'wasm, kernels off' | 'native';

const layouts = [
  { workers: 1, threads: 1 },
  { workers: 2, threads: 1 },
  { workers: 1, threads: 2 },
] as const;

/** Fresh processes of each case. */
const rounds = { piper: 3, kokoro: 1, moonshine: 0, silero: 0 } as const;
const quickRounds = 1;
/** The compilers need about two seconds, Kokoro more than that for one sentence. */
const warmUps = { piper: [warmUp, warmUp], kokoro: [warmUp], moonshine: [], silero: [] } as const;
const texts = { piper: paragraph, kokoro: twoSentences, moonshine: '', silero: '' } as const;
const deadlineMs = 300_000;
const child = new URL('./rtf-child.ts', import.meta.url);

export const rtf: Bench = {
  title: 'rtf',
  about:
    'Real-time factor: the time to speak a paragraph of 60 words (Kokoro: its first 33) over the length of its audio, ' +
    'through the engine as the server builds it, after a warm-up. With 2 workers 2 streams run at once, and each has a factor of its own; ' +
    'throughput is seconds of audio, of all streams, per second. Processor time is that of all threads per second of ' +
    'audio, compilers included: other work on the machine changes it least. With the kernels off ONNX Runtime computes ' +
    'the vocoder too. Native is onnxruntime-node with the same files and code.',
  async run(setup) {
    defaultPack(setup);
    const notes: string[] = [];
    const hasNative = await installNative(setup.say).then(
      () => true,
      (error: Error) => {
        setup.say(error.message);
        notes.push('onnxruntime-node could not be installed here, so there is no native figure.');
        return false;
      },
    );
    const tables: Table[] = [];
    for (const [index, pack] of setup.packs.entries()) {
      tables.push(...(await measurePack(setup, pack, index === 0, hasNative)));
    }
    const [first, ...others] = tables;
    return first ? [{ ...first, notes }, ...others] : [];
  },
};

async function measurePack(
  setup: Setup,
  pack: InstalledPack,
  isDefault: boolean,
  hasNative: boolean,
): Promise<Table[]> {
  const cases: Case[] = setup.runtimes.flatMap((runtime) =>
    layouts.map((layout) => caseOf(pack, runtime, { ...layout, inference: 'wasm' })),
  );
  const alone = { workers: 1, threads: 1 };
  if (familyOf(pack) === 'piper')
    for (const runtime of setup.runtimes)
      cases.push(caseOf(pack, runtime, { ...alone, inference: 'wasm, kernels off' }));
  if (hasNative) cases.push(caseOf(pack, 'node', { ...alone, inference: 'native' }));
  const samples = await alternate(setup, cases, setup.quick ? quickRounds : rounds[familyOf(pack)], (one) =>
    measure(setup, one),
  );
  const table = (
    what: string,
    pick: (sample: RtfSample) => readonly number[],
    goal: (one: Case) => Goal | undefined = () => undefined,
  ): Table => ({
    title: `${what} of ${voiceOf(pack)}`,
    headings: ['runtime', 'inference', 'workers', 'threads'],
    figures: cases.map((one) => ({
      cells: [one.runtime, one.inference, String(one.workers), String(one.threads)],
      unit: '',
      samples: (samples.get(one) ?? []).flatMap(pick),
      goal: isDefault && one.inference === 'wasm' ? goal(one) : undefined,
    })),
  });
  return [
    table('Real-time factor', ({ factors }) => factors, goalOf),
    table('Throughput', ({ throughput }) => [throughput]),
    table(
      'Processor time per second',
      ({ cpu }) => [cpu],
      ({ workers, threads }) => (workers * threads === 1 ? { atMost: 0.13 } : undefined),
    ),
  ];
}

function goalOf({ workers, threads }: Case): Goal {
  return workers * threads === 1 ? { atMost: 0.25 } : { below: 0.5 };
}

function caseOf(
  pack: InstalledPack,
  runtime: Runtime,
  layout: Pick<Case, 'workers' | 'threads' | 'inference'>,
): Case {
  const { workers, threads, inference } = layout;
  const what = inference === 'wasm' ? `${workers} x ${threads}` : inference;
  return { name: `rtf: ${pack.id} on ${runtime}, ${what}`, pack, runtime, workers, threads, inference };
}

function familyOf(pack: InstalledPack): PackFamily {
  return findPack(pack.id)?.family ?? 'piper';
}

function voiceOf(pack: InstalledPack): string {
  const voices = findPack(pack.id)?.voices ?? [];
  return voices.find(({ id }) => id === 'af_heart')?.id ?? voices[0]?.id ?? pack.id;
}

async function measure({ dataDir, quick }: Setup, one: Case): Promise<RtfSample> {
  const task: RtfTask = {
    dataDir,
    voice: voiceOf(one.pack),
    workers: one.workers,
    threads: one.threads,
    warmUps: warmUps[familyOf(one.pack)],
    text: quick ? warmUp : texts[familyOf(one.pack)],
    hasKernels: one.inference === 'wasm',
    worker: one.inference === 'native' ? new URL('./native-worker.ts', import.meta.url).href : undefined,
  };
  return (await runModule(one.runtime, child, task, deadlineMs)) as RtfSample;
}
