import { type App, createApp, createMisconfiguredApp } from '../app.ts';
import { ConfigError, loadConfig } from '../config/load.ts';
import type { Ports } from '../ports.ts';
import { relay } from './relay-workers.ts';
import { wasmModules } from './wasm-workers.ts';

/** Variables and secrets are text; bindings are objects, which no setting reads. */
type Env = Readonly<Record<string, unknown>>;

const ports: Ports = {
  fetch: (input, init) => fetch(input, init),
  clock: {
    now: () => performance.now(), // stands still between two waits, as timing attacks are possible otherwise
    alarm(ms, ring) {
      const timer = setTimeout(ring, ms);
      return () => clearTimeout(timer);
    },
  },
  wasm: async (name) => wasmModules[name],
  relay,
  writeLog: (line) => console.log(line),
};

let app: App | undefined;

/** One app for each isolate; the environment of an isolate never changes. */
function appOf(env: Env): App {
  if (app) return app;
  try {
    app = createApp(loadConfig({ flags: {}, env: textsOf(env) }), ports);
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

export default {
  fetch: (request: Request, env: Env): Promise<Response> => appOf(env).fetch(request),
};
