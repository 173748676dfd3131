/** One voice on one runtime in this process: argv[2] is a `VoiceTask`, what it took is printed. Run by voices.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../statistics.ts';
import { engineOf, request, speak, type VoiceSetup } from './engine.ts';

export interface VoiceTask extends VoiceSetup {
  readonly warmUp: string;
  /** Of each the time to the first audio is taken; the client leaves then. */
  readonly openings: readonly string[];
  readonly text: string;
}

export interface VoiceSample {
  readonly loadMs: number;
  readonly firstAudioMs: number;
  /** Wall time over the length of the speech, and processor time of all threads over it. */
  readonly factor: number;
  readonly cpu: number;
  readonly peakMB: number;
}

/** What a client left behind is over: the window in work, and the next one. */
const SETTLE_MS = 600;

async function measure(task: VoiceTask): Promise<VoiceSample> {
  const { voice } = task;
  const engine = engineOf(task);
  const began = performance.now();
  await engine.warm?.(voice);
  const loadMs = performance.now() - began;
  await speak(engine, task.warmUp, voice);
  const firsts: number[] = [];
  for (const opening of task.openings) {
    await sleep(SETTLE_MS);
    const asked = performance.now();
    const { body } = await engine.open(request(opening, voice), new AbortController().signal);
    const reader = body.getReader();
    await reader.read();
    firsts.push(performance.now() - asked);
    await reader.cancel();
  }
  await sleep(SETTLE_MS);
  const before = process.cpuUsage();
  const said = await speak(engine, task.text, voice);
  const { user, system } = process.cpuUsage(before);
  const seconds = said.pcm.length / 2 / said.rate;
  const peakMB = (process.resourceUsage().maxRSS * 1024) / 1e6;
  await engine.close?.();
  return {
    loadMs,
    firstAudioMs: median(firsts),
    factor: said.ms / 1000 / seconds,
    cpu: (user + system) / 1e6 / seconds,
    peakMB,
  };
}

if (import.meta.main) {
  const sample = await measure(JSON.parse(process.argv[2] ?? '{}') as VoiceTask);
  process.stdout.write(JSON.stringify(sample), () => process.exit(0));
}
