import { waitUntil } from 'cloudflare:workers';
import { type App, createApp, createMisconfiguredApp } from '../app.ts';
import { ConfigError, loadConfig } from '../config/load.ts';
import type { Ports } from '../ports.ts';
import { createMemoryState } from '../state/memory.ts';
import { isolateClock } from './clock-workers.ts';
import { Pool } from './pool-object.ts';
import { relay } from './relay-workers.ts';
import { workersState } from './state-workers.ts';
import { wasmModules } from './wasm-workers.ts';

/** Variables and secrets are text; bindings are objects, which no setting reads. */
type Env = Readonly<Record<string, unknown>>;

/** What an app that refuses everything may keep. */
const misconfiguredBytes = 1024;

const ports: Ports = {
  fetch: (input, init) => fetch(input, init),
  clock: isolateClock,
  wasm: async (name) => wasmModules[name],
  relay,
  state: createMemoryState({ maxBytes: misconfiguredBytes }, isolateClock),
  background: (work) => waitUntil(work.catch(() => {})),
  writeLog: (line) => console.log(line),
};

let app: App | undefined;

/** One app for each isolate; the environment of an isolate never changes. */
function appOf(env: Env): App {
  if (app) return app;
  try {
    const config = loadConfig({ flags: {}, env: textsOf(env) });
    app = createApp(config, { ...ports, state: workersState(env, config, ports) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    app = createMisconfiguredApp(error.problems, ports);
  }
  return app;
}

function textsOf(env: Env): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'string') texts[name] = value;
    else if (name.startsWith('FISH_'))
      throw new ConfigError([`${name}: must be a variable or a secret, not a binding`]);
  }
  return texts;
}

/** The Durable Object of wrangler.toml. */
export { Pool };

export default {
  fetch: (request: Request, env: Env): Promise<Response> =>
    appOf(env).fetch(request, request.headers.get('cf-connecting-ip') ?? undefined), // Cloudflare's own, not the client's
};
