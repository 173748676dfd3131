/**
 * The server in front of one origin without queue, retry, segments and whatever else stands between them, to compare with:
 * `node bench/origin-bare-server.ts URL` prints `{"url":"…"}` and ends when stdin ends.
 */
import { nodeFetch } from '../src/adapters/fetch-node.ts';
import { localClock, localPorts } from '../src/adapters/local.ts';
import { serveNode } from '../src/adapters/node.ts';
import { createNodeRelay } from '../src/adapters/relay-node.ts';
import { type App, createApp } from '../src/app.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Engine } from '../src/engine/engine.ts';
import { createFishOrigin, FISH_ID } from '../src/engine/fish/origin.ts';
import { createHttp } from '../src/http/app.ts';
import { createDictionary } from '../src/http/dictionary.ts';
import { createKeyRing } from '../src/http/keys.ts';
import { createUsageBook } from '../src/http/usage.ts';
import { createRelay, relayAheadBytes } from '../src/stream/relay.ts';

const [url = ''] = process.argv.slice(2);
const config = loadConfig({
  flags: { backend: url, engine: 'fish', cache: 'off', listen: '127.0.0.1:0', 'log-level': 'warn' },
  env: {},
});
const relay = createNodeRelay(
  createRelay(localClock, { readerMs: config['server.write_timeout'] }),
  relayAheadBytes,
);
const ports = localPorts({ dataDir: '', keysFile: '', fetch: nodeFetch(config), relay });
const origin = createFishOrigin({ url }, ports);
const engine: Engine = {
  id: FISH_ID,
  voices: async () => [],
  open: (request, signal) => origin.speak(request, null, signal),
};
const app = createApp(config, ports);
const { records } = ports.state;
const http = createHttp({
  engine,
  log: app.log,
  ports,
  keys: createKeyRing({ apiKey: '', now: ports.clock.now, onProblem: () => {} }),
  rates: undefined,
  state: ports.state,
  usage: createUsageBook(records, ports),
  dictionary: createDictionary(records, () => engine.voices(), ports.clock.now),
  accepting: () => true,
  onEnd: () => {},
  trustedProxies: [],
  links: { maxAgeMs: config['links.max_age'], secret: '' },
  readTimeout: config['server.read_timeout'],
  writeTimeout: config['server.write_timeout'],
  limits: {
    maxTextLength: config['limits.max_text_length'],
    maxInputLength: config['limits.max_input_length'],
    chunkLengthMax: config['limits.chunk_length_max'],
    maxBody: config['limits.max_body'],
    maxReferences: config['limits.max_references'],
    maxReferenceBytes: config['limits.max_reference_bytes'],
    maxWholeAudio: config['limits.max_whole_audio'],
  },
});
const bare: App = { ...app, fetch: async (request, peer) => http.fetch(request, { peer }) };
const { port } = await serveNode(bare, config);
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
