import { pullPack } from '../../src/cli/models/pull.ts';
import type { VoicePack } from '../../src/engine/onnx/packs/pack.ts';

/** A pull in a process of its own, on whatever runtime it is started: `{pack, dataDir, env}` as JSON is its argument. */
interface Task {
  readonly pack: VoicePack;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
}

const { pack, dataDir, env } = JSON.parse(process.argv.at(-1) ?? '') as Task;
const quiet = { say: () => undefined, begin: () => undefined, moved: () => undefined, end: () => undefined };
try {
  const options = {
    dataDir,
    env,
    progress: quiet,
    deadlines: { connect: 30_000, idle: 30_000, pip: 30_000 },
  };
  console.log(Object.keys((await pullPack(pack, options)).files).join(' '));
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
