import type { Context, Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import type { Voice } from '../../core/voices.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { fishModel, parseModelQuery } from './cloud-models.ts';

const madeAt = new Date(Date.UTC(2026, 0, 1)).toISOString();
/** Keys have limits of rate and no balance: what a client reads is that there is enough. */
const UNLIMITED = 1_000_000_000;

/** What the clients of the Fish Audio cloud ask for besides speech: voices (`/model`) and the balance of a key (`/wallet`). */
export function fishCloudRoutes(app: Hono<HttpEnv>, { engine }: Pick<DialectDeps, 'engine'>): void {
  const find = async (id: string): Promise<Voice> => {
    const voice = (await engine.voices()).find((each) => each.id === id || each.aliases.includes(id));
    if (!voice) throw new SpeechFailure({ code: 'voice_not_found', voice: id });
    return voice;
  };
  const idOf = (c: Context<HttpEnv>): string => c.req.param('id') ?? '';

  app.get('/model', async (c) => {
    const { page, size, fits } = parseModelQuery(new URL(c.req.url).searchParams);
    const found = (await engine.voices()).filter(fits);
    const items = found.slice((page - 1) * size, page * size).map(fishModel);
    return c.json({
      total: found.length,
      items,
      has_more: page * size < found.length,
      window_limited: false,
      total_is_exact: true,
    });
  });
  app.post('/model', () => {
    throw notYet('This server makes no voices. Add a reference to its Fish-Speech origin instead.');
  });
  allowMethods(app, '/model', 'GET, POST, HEAD');

  app.get('/model/:id', async (c) => c.json(fishModel(await find(idOf(c)))));
  app.patch('/model/:id', async (c) => {
    await find(idOf(c));
    throw notYet('The voices of this server cannot be changed.');
  });
  app.delete('/model/:id', async (c) => {
    const { id } = await find(idOf(c));
    if (!engine.fish || id === 'default') throw notYet('This voice cannot be deleted.');
    await engine.fish.deleteReference(id, c.req.raw.signal);
    return c.body(null, 200);
  });
  allowMethods(app, '/model/:id', 'GET, PATCH, DELETE, HEAD');

  app.get('/wallet/:user/api-credit', (c) =>
    c.json({
      ...wallet(c),
      credit: String(UNLIMITED),
      cumulative_top_up: '0',
      has_phone_sha256: false,
      has_free_credit: false,
    }),
  );
  app.get('/wallet/:user/package', (c) =>
    c.json({ ...wallet(c), type: 'unlimited', total: UNLIMITED, balance: UNLIMITED, finished_at: '' }),
  );
  for (const path of ['/wallet/:user/api-credit', '/wallet/:user/package'])
    allowMethods(app, path, 'GET, HEAD');
}

function wallet(c: Context<HttpEnv>): object {
  c.header('cache-control', 'no-store');
  const user = c.get('key')?.name ?? 'anonymous';
  return { _id: `wallet-${user}`, user_id: user, created_at: madeAt, updated_at: madeAt };
}

function notYet(message: string): SpeechFailure {
  return new SpeechFailure({ code: 'not_supported', message });
}
