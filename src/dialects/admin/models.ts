import type { Context, Hono } from 'hono';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import type { PackStore } from '../../core/ports.ts';
import { auditOf } from '../../http/admin.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { AdminOptions, DialectDeps, RunningPull } from '../../http/options.ts';
import { pullEvents, showProgress } from './pull-events.ts';

const path = '/v1/admin/models';
/** Pulls at once, each of another pack or waiting for one. */
const MAX_PULLS = 4;

/** What `fish-ctl models` does, for the packs in the server's own data folder. */
export function modelRoutes(app: Hono<HttpEnv>, deps: DialectDeps): void {
  listRoute(app, deps);
  pullRoute(app, deps);
  removeRoute(app, deps);
  allowMethods(app, `${path}/:name`, 'POST, DELETE');
}

function listRoute(app: Hono<HttpEnv>, { engine, admin }: DialectDeps): void {
  app.get(path, async (c) => {
    const held = new Map(((await engine.packs?.()) ?? []).map((pack) => [pack.id, pack]));
    const packs = (await admin?.packs?.list()) ?? [];
    const data = packs.map(({ id, state, bytes, isAdded, ...rest }) => {
      const now = held.get(id);
      const pull = [...(admin?.pulls ?? [])].find(({ name }) => name === id);
      const isLoaded = now?.isLoaded === true && state === 'installed';
      return {
        id,
        object: 'voice_pack',
        state: isLoaded ? 'loaded' : state,
        default: now?.isDefault === true,
        ...rest,
        bytes,
        added: isAdded,
        pull: pull ? showProgress(pull.progress) : null,
      };
    });
    return c.json({ object: 'list', data });
  });
  allowMethods(app, path, 'GET, HEAD');
}

function pullRoute(app: Hono<HttpEnv>, deps: DialectDeps): void {
  const { engine, ports } = deps;
  app.post(`${path}/:name`, async (c) => {
    const { packs, pulls } = packsOf(deps);
    const name = await known(c, packs);
    if (pulls.size >= MAX_PULLS) throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: 10 });
    const audit = auditOf(c, deps);
    const pull: RunningPull = { name, progress: { stage: 'waiting', doneBytes: 0, totalBytes: 0 } };
    pulls.add(pull);
    const body = pullEvents(name, {
      clock: ports.clock,
      work: (onProgress, signal) =>
        packs.pull(
          name,
          (progress) => {
            pull.progress = progress;
            onProgress(progress);
          },
          signal,
        ),
      onEnd(outcome, cause) {
        pulls.delete(pull);
        engine.packsChanged?.();
        audit(`admin.model.${outcome}`, { name }, cause);
      },
    });
    return c.body(body, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  });
}

function removeRoute(app: Hono<HttpEnv>, deps: DialectDeps): void {
  const { engine } = deps;
  app.delete(`${path}/:name`, async (c) => {
    const { packs } = packsOf(deps);
    const name = await known(c, packs);
    const isDefault =
      (await engine.packs?.())?.some(({ id, isDefault }) => id === name && isDefault) === true;
    if (isDefault) throw invalid('The default voice of this server cannot be removed while it runs.', 'name');
    if (!(await packs.remove(name, c.req.raw.signal))) throw new SpeechFailure({ code: 'not_found' });
    engine.packsChanged?.();
    auditOf(c, deps)('admin.model.removed', { name });
    return c.json({ id: name, object: 'voice_pack.deleted', deleted: true });
  });
}

function packsOf({
  admin,
}: Pick<DialectDeps, 'admin'>): Pick<AdminOptions, 'pulls'> & { readonly packs: PackStore } {
  if (admin?.packs) return { packs: admin.packs, pulls: admin.pulls };
  const message = 'There is no folder for models here: on Workers they are deployed with the server.';
  throw new SpeechFailure({ code: 'not_supported', message });
}

/** The name of a pack that exists, here or elsewhere. @throws SpeechFailure `not_found` */
async function known(c: Context<HttpEnv>, packs: PackStore): Promise<string> {
  const name = c.req.param('name') ?? '';
  if ((await packs.list()).some(({ id }) => id === name)) return name;
  throw new SpeechFailure({ code: 'model_not_found', model: name });
}
