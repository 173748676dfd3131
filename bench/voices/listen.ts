/** Somebody listens to one voice: argv[2] is a `ListenTask`, the words of a hundred that were misheard are printed. Run by hearing.ts. */
import { countEdits } from '../../test/roundtrip/error-rate.ts';
import { loadListener } from '../../test/roundtrip/hearing.ts';
import type { Sentence } from '../../test/roundtrip/sentences.ts';
import { spokenWords } from '../../test/roundtrip/words.ts';
import { engineOf, speak, type VoiceSetup } from './engine.ts';

export interface ListenTask extends VoiceSetup {
  readonly sentences: readonly Sentence[];
  /** Its files. */
  readonly recognizer: Readonly<Record<string, string>>;
}

async function listen(task: ListenTask): Promise<number> {
  const engine = engineOf(task);
  const transcribe = await loadListener(task.recognizer);
  let [edits, words] = [0, 0];
  for (const { text, spoken = text } of task.sentences) {
    const { pcm, rate } = await speak(engine, text, task.voice);
    const expected = spokenWords(spoken);
    edits += countEdits(expected, spokenWords(await transcribe(pcm, rate)));
    words += expected.length;
  }
  await engine.close?.();
  return (100 * edits) / words;
}

const misheard = await listen(JSON.parse(process.argv[2] ?? '{}') as ListenTask);
process.stdout.write(JSON.stringify(misheard), () => process.exit(0));
