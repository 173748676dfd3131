import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { afterAll, expect, it } from 'vitest';

/** What AGENTS.md forbids, broken once each: the importer, what it imports, and the rule that says no. */
const broken = [
  ['src/core/dialect.ts', 'src/http/env.ts', 'core'],
  ['src/core/ports.ts', 'src/stream/read.ts', 'core'],
  ['src/adapters/node/server.ts', 'src/http/env.ts', 'adapters'],
  ['src/app.ts', 'src/adapters/node/server.ts', 'app'],
  ['src/config/config.ts', 'src/engine/compose.ts', 'config'],
  ['src/http/respond.ts', 'src/engine/onnx/engine.ts', 'http'],
  ['src/live/pieces.ts', 'src/audio/pcm.ts', 'http'],
  ['src/dialects/fish/tts.ts', 'src/config/config.ts', 'http'],
  ['src/services/usage.ts', 'src/engine/fish/upstream.ts', 'http'],
  ['src/dialects/openai/transcriptions.ts', 'src/recognizer/worker.ts', 'http'],
  ['src/http/body.ts', 'src/router.ts', 'http-below'],
  ['src/dialects/fish/live.ts', 'src/dialects/openai/speech.ts', 'dialects-apart'],
  ['src/services/keys.ts', 'src/http/env.ts', 'services'],
  ['src/conversation/reply.ts', 'src/http/env.ts', 'conversation'],
  ['src/conversation/history.ts', 'src/engine/onnx/engine.ts', 'http'],
  ['src/conversation/listening/turn.ts', 'src/speech/words.ts', 'listening'],
  ['src/conversation/model/read-chunk.ts', 'src/audio/pcm.ts', 'model'],
  ['src/router.ts', 'src/dialects/fish/tts.ts', 'dialect-list'],
  ['src/speech/synthesize.ts', 'src/services/keys.ts', 'speech'],
  ['src/engine/scheduling/retry.ts', 'src/config/config.ts', 'engine'],
  ['src/engine/onnx/job.ts', 'src/audio/mp3.ts', 'engine-audio'],
  ['src/engine/openai/upstream.ts', 'src/engine/onnx/engine.ts', 'drivers-apart'],
  ['src/engine/fish/cloud-upstream.ts', 'src/engine/openai/upstream.ts', 'fish-apart'],
  ['src/engine/openai/upstream.ts', 'src/engine/fish/upstream.ts', 'openai-apart'],
  ['src/engine/onnx/engine.ts', 'src/engine/upstream/pool.ts', 'onnx-apart'],
  ['src/engine/upstream/pool.ts', 'src/engine/upstreams.ts', 'upstream'],
  ['src/engine/policy/share.ts', 'src/engine/upstream/slots.ts', 'policy'],
  ['src/recognizer/recognizer.ts', 'src/engine/upstream/slots.ts', 'recognizer'],
  ['src/audio/wav.ts', 'src/stream/read.ts', 'audio'],
  ['src/stream/pull.ts', 'src/http/env.ts', 'leaves'],
  ['src/state/notifier.ts', 'src/state/write-behind.ts', 'no-circular'],
  ['src/speech/voice-sample.ts', 'bench/way/run.ts', 'src-apart'],
] as const;

/** Only named, so that a rule which forbids too much would be seen. */
const allowed = [
  ['src/dialects/list.ts', 'src/dialects/openai/speech.ts'],
  ['src/dialects/openai/speech.ts', 'src/http/sse.ts'],
  ['src/router.ts', 'src/dialects/list.ts'],
  ['src/cli/keys/command.ts', 'src/services/keys.ts'],
  ['src/live/outbox.ts', 'src/core/bytes.ts'],
  ['src/state/write-behind.ts', 'src/state/notifier.ts'],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'import-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('turns red for every import that the map of the code forbids, and for no other', async () => {
  const imports = new Map<string, string[]>();
  for (const [from, to] of [...broken, ...allowed]) {
    imports.set(from, [...(imports.get(from) ?? []), to]);
    imports.set(to, imports.get(to) ?? []);
  }
  for (const [path, targets] of imports) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const lines = targets.map((target) => `import './${relative(dirname(path), target)}';`);
    writeFileSync(join(folder, path), `${lines.join('\n')}\nexport {};\n`);
  }
  const { forbidden = [], options: { tsConfig: _, ...options } = {} } = await extractDepcruiseConfig(
    resolve('.dependency-cruiser.mjs'),
  );
  const { output } = await cruise(['src'], {
    ...options,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden },
  });
  const found = (output as ICruiseResult).summary.violations.map(({ from, to, rule }) => [
    from,
    to,
    rule.name,
  ]);
  expect(found.toSorted()).toEqual(broken.map((each) => [...each]).toSorted());
});
