import type { Context, Hono } from 'hono';
import type { EngineHealth } from '../../core/engine.ts';
import { version } from '../../core/version.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { parseFields } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { healthQuery, showHealth } from '../../http/show-health.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';

const SECOND = 1000;
const noStore = { 'cache-control': 'no-store' };
/** Those who probe wait for a second or two; an upstream that speaks may leave a question unanswered for longer. */
const PROBE_MS = 800;

type Parts = Pick<DialectDeps, 'engine' | 'ports' | 'telemetry' | 'accepting'>;

/**
 * `GET /livez` is 200 while the process answers at all, `GET /readyz` while it takes requests and something can speak. `/health`
 * says nothing but `ok` (docs/decisions/0002); with `?detailed=true` it says how all of it is.
 */
export function healthRoutes(app: Hono<HttpEnv>, parts: Parts): void {
  const readiness = createReadiness(parts);

  app.get('/livez', (c) => c.json({ status: 'ok' }, 200, noStore));
  app.get('/readyz', async (c) => {
    const why = await readiness(c);
    return why === undefined
      ? c.json({ status: 'ready' }, 200, noStore)
      : c.json({ status: 'not_ready', reason: why }, 503, { ...noStore, 'retry-after': '5' });
  });
  app.get('/health', async (c) => {
    const { detailed } = parseFields(healthQuery, c.req.query());
    return c.json(detailed === 'true' ? await details(c, parts) : { status: 'ok' }, 200, noStore);
  });
  allowMethods(app, ['/livez', '/readyz', '/health'], 'GET, HEAD');
}

/** Why the server is not ready, in a fixed phrase; undefined when it is. */
function createReadiness({
  engine,
  ports,
  accepting,
}: Parts): (c: Context<HttpEnv>) => Promise<string | undefined> {
  let last: EngineHealth | undefined;
  const { clock } = ports;

  return async (c) => {
    if (!accepting()) return 'draining';
    const asking = (engine.health?.(c.req.raw.signal) ?? Promise.resolve({ healthy: true })).then(
      (health) => {
        if (!c.req.raw.signal.aborted) last = health; // else it says only that this client left
        return health;
      },
    );
    let callOff = (): void => {};
    const tooLong = new Promise<EngineHealth | undefined>((resolve) => {
      callOff = clock.alarm(PROBE_MS, () => resolve(last));
    });
    const health = (await Promise.race([asking, tooLong]).finally(callOff)) ?? (await asking); // the first one has to know
    return health.healthy ? undefined : (health.error ?? 'nothing can speak');
  };
}

async function details(c: Context<HttpEnv>, { engine, ports, telemetry, accepting }: Parts): Promise<object> {
  const [health, packs] = await Promise.all([
    engine.health?.(c.req.raw.signal) ?? { healthy: true },
    engine.packs?.() ?? [],
  ]);
  const models = packs.map(({ id, isDefault, isLoaded }) => {
    return { id, state: isLoaded ? 'loaded' : 'installed', default: isDefault };
  });
  return {
    status: 'ok',
    version,
    engine: engine.id,
    ready: health.healthy && accepting(),
    backend: showHealth(health),
    models,
    performance: telemetry && performanceOf(telemetry, ports.clock.now()),
  };
}

function performanceOf({ recent, gauges, probe, startedMs }: Telemetry, now: number): object {
  const load = gauges.load();
  const memory = probe?.memory?.();
  return {
    uptime_seconds: Math.round((now - startedMs) / SECOND),
    requests: gauges.active(),
    streams: gauges.streams(),
    sockets: gauges.sockets(),
    queued: load?.queued ?? 0,
    running: load?.running ?? 0,
    first_audio_ms: recent.firstAudioMs() ?? null,
    memory_bytes: memory?.residentBytes ?? null,
  };
}
