import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { firstIssue } from '../../core/first-issue.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { MAX_OTHER_FIELDS } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { choiceField, integerField, optional } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { planSession } from './session-plan.ts';
import type { SessionChanges, SessionType } from './session-schema.ts';
import { sessionJson } from './wire-format.ts';

const noStore = { 'cache-control': 'no-store' };
/** OpenAI's, in seconds. */
const lifeRange = { min: 10, max: 7200 };
const usualLife = { ga: 600, beta: 60 } as const;
/** Bytes of JSON: a secret carries its session, and goes into a head, of which servers take 16 KiB. */
const MAX_SESSION_BYTES = 8192;

const expiresAfter = optional(
  z.object({
    anchor: optional(choiceField('anchor', ['created_at'])),
    seconds: optional(integerField('seconds', lifeRange)),
  }),
);

const anyObject = z.record(z.string(), z.unknown());

export const secretBody = z.object(
  { expires_after: expiresAfter, session: optional(anyObject) },
  { error: 'The body must be an object.' },
);

/** The beta has the session itself, and in it how long its secret lives. */
export const betaSessionBody = z.looseObject(
  { client_secret: optional(z.object({ expires_after: expiresAfter })) },
  { error: 'The body must be an object.' },
);

const paths = {
  ga: '/v1/realtime/client_secrets',
  beta: '/v1/realtime/sessions',
  betaTranscription: '/v1/realtime/transcription_sessions',
} as const;

/** Keys for clients that nobody trusts with a real one, as OpenAI makes them: each holds the session that it opens. */
export function clientSecretRoutes(app: Hono<HttpEnv>, deps: DialectDeps): void {
  const rules = bodyRules(deps, MAX_OTHER_FIELDS);
  const read = (c: Context<HttpEnv>): Promise<unknown> => readJsonBody(c.req.raw, rules, c.get('client'));
  app.post(paths.ga, async (c) => {
    const { expires_after: after, session = {} } = parsed(secretBody, await read(c));
    const { value, expires_at, asked } = await create(c, deps, session, after?.seconds ?? usualLife.ga);
    const { facts, settings } = planSession(asked, 0, deps.listening);
    return c.json({ value, expires_at, session: sessionJson(facts, settings, 'ga') }, 200, noStore);
  });
  const addBeta = (path: string, type: SessionType): void => {
    app.post(path, async (c) => {
      const { client_secret: secret, ...session } = parsed(betaSessionBody, await read(c));
      const seconds = secret?.expires_after?.seconds ?? usualLife.beta;
      const { value, expires_at, asked } = await create(c, deps, { ...session, type }, seconds);
      const { facts, settings } = planSession(asked, 0, deps.listening);
      const shown = sessionJson(facts, settings, 'beta');
      return c.json({ ...shown, client_secret: { value, expires_at } }, 200, noStore);
    });
  };
  addBeta(paths.beta, 'realtime');
  addBeta(paths.betaTranscription, 'transcription');
  for (const path of Object.values(paths)) allowMethods(app, path, 'POST');
}

/** The session that the secret of a request holds; undefined for one that came with a key. */
export async function sessionOfSecret(c: Context<HttpEnv>): Promise<SessionChanges | undefined> {
  const secret = c.get('clientSecret');
  return secret && parsed(await secretPayload(), secret.payload).session;
}

/** Its fields are many: a start loads none of them. */
async function secretPayload(): Promise<z.ZodType<{ session: SessionChanges }>> {
  const { sessionSchema } = await import('./session-schema.ts');
  return z.object({ session: sessionSchema });
}

async function create(
  c: Context<HttpEnv>,
  { secrets, ports }: DialectDeps,
  session: Readonly<Record<string, unknown>>,
  seconds: number,
): Promise<{ readonly value: string; readonly expires_at: number; readonly asked: SessionChanges }> {
  const { session: asked } = parsed(await secretPayload(), { session });
  if (new TextEncoder().encode(JSON.stringify(session)).byteLength > MAX_SESSION_BYTES) {
    const message = `session must have at most ${MAX_SESSION_BYTES} bytes, as its secret carries it: send the rest of it by session.update.`;
    throw invalid(message, 'session');
  }
  const expires_at = Math.floor(ports.clock.wallNow() / 1000) + seconds;
  return { value: await secrets.create({ session }, expires_at, c.get('key')), expires_at, asked };
}

/** @throws SpeechFailure that names the first field that is wrong, and where it is */
function parsed<T>(schema: z.ZodType<T>, fields: unknown): T {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const { message, path } = firstIssue(result.error);
  const param = path.join('.');
  throw invalid(path.length > 1 ? `${param}: ${message}` : message, param || undefined);
}
