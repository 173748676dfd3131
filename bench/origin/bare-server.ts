/**
 * The server in front of one origin without queue, retry, segments and whatever else stands between them, to compare with:
 * `node bench/origin/bare-server.ts URL` prints `{"url":"…"}` and ends when stdin ends.
 */
import { localPorts } from '../../src/adapters/local/local.ts';
import { createApp } from '../../src/app.ts';
import { thisRuntime } from '../../src/cli/serve.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { BuiltEngine } from '../../src/engine/compose.ts';
import { createFishUpstream, FISH_ID } from '../../src/engine/fish/upstream.ts';

const [url = ''] = process.argv.slice(2);
const config = loadConfig({
  flags: { backend: url, engine: 'fish', cache: 'off', listen: '127.0.0.1:0', 'log-level': 'warn' },
  env: {},
});
const runtime = await thisRuntime();
const ports = localPorts({
  dataDir: '',
  keysFile: '',
  fetch: runtime.fetch(config),
  relay: runtime.relay({ readerMs: config['server.write_timeout'] }),
});
const origin = createFishUpstream({ url }, ports);
const bare: BuiltEngine = {
  id: FISH_ID,
  voices: async () => [],
  open: (request, signal) => origin.speak(request, null, signal),
  reload() {},
};
const { port } = await runtime.serve(
  createApp(config, ports, () => bare),
  config,
);
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
