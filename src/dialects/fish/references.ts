import { encode } from '@msgpack/msgpack';
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import type { FishApi } from '../../core/engine.ts';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { bytesField, looksLikeAudio, notAudio } from '../../http/audio-bytes.ts';
import { readFishBody } from '../../http/body.ts';
import { bodyLimits, MAX_TRANSCRIPT } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { FailureWithResponse, meaningOf, toErrorResponse } from '../../http/error-response.ts';
import { parseFields } from '../../http/fields.ts';
import type { DialectDeps, Limits } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { checkVoiceSample } from '../../speech/voice-sample.ts';
import { fishBodyLimits } from './body-limits.ts';
import { fishErrorBody } from './error-body.ts';
import { prefersJson } from './negotiate.ts';
import { addModel, deleteModel, refuseLikeUpstream, updateModel } from './upstream-refusal.ts';

const noVoices = 'This server has no Fish-Speech origin: its voices cannot be changed.';
type Members = Readonly<Record<string, unknown>>;

/**
 * Reference voices: Fish-Speech's own paths, which answer msgpack or JSON as the client asks, and those of Fish-Speech-Go,
 * which answer JSON.
 */
export function referenceRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { limits, ports, strictErrors } = options;
  const maxReference = fishBodyLimits(limits).addReference;
  const parseAdd = createAddParser(limits);
  const fieldsOf = async (
    c: Context<HttpEnv>,
    model: typeof addModel,
    maxBytes: number = bodyLimits(limits).few,
  ): Promise<unknown> => {
    const { fields } = await readFishBody(c.req.raw, bodyRules(options, maxBytes), c.get('client'));
    if (strictErrors) refuseLikeUpstream(fields, model);
    return fields;
  };
  const remove = async (c: Context<HttpEnv>, json: boolean, api: FishApi, id: string): Promise<Response> =>
    answer(json, { reference_id: id }, async () => {
      checkDelete(id);
      await api.deleteReference(id, c.req.raw.signal);
      return `Reference voice '${id}' deleted successfully`;
    });

  app.post('/v1/references/add', async (c) => {
    const api = apiOf(options);
    const { id, text, audio } = parseAdd(await fieldsOf(c, addModel, maxReference));
    // Upstream takes no JSON here, so a client that sends it is none of upstream's and reads JSON.
    const json = asksJson(c, (c.req.header('content-type') ?? '').startsWith('application/json'));
    return answer(json, { reference_id: id }, async () => {
      checkAdd({ id, text, audio });
      await checkVoiceSample('audio', audio, ports, c.req.raw.signal);
      await api.addReference({ id, text, audio }, c.req.raw.signal);
      return `Reference voice '${id}' added successfully`;
    });
  });
  app.delete('/v1/references/delete', async (c) => {
    const api = apiOf(options);
    const { reference_id: id } = parseDelete(await fieldsOf(c, deleteModel));
    return remove(c, asksJson(c), api, id);
  });
  app.post('/v1/references/update', async (c) => {
    const api = apiOf(options);
    const renaming = parseUpdate(await fieldsOf(c, updateModel));
    const { old_reference_id: from, new_reference_id: to } = renaming;
    return answer(asksJson(c), { ...renaming }, async () => {
      checkUpdate(renaming);
      await api.renameReference(from, to, c.req.raw.signal);
      return `Reference voice renamed from '${from}' to '${to}' successfully`;
    });
  });
  for (const path of ['/v1/references/list', '/v1/references']) {
    app.get(path, async (c) => {
      const ids = await listIds(options, c.req.raw.signal);
      const json = path === '/v1/references' || asksJson(c);
      return reply(200, json, {
        success: true,
        reference_ids: ids,
        message: `Found ${ids.length} reference voices`,
      });
    });
    allowMethods(app, path, 'GET, HEAD');
  }
  allowMethods(app, '/v1/references/add', 'POST');
  allowMethods(app, '/v1/references/delete', 'DELETE');
  allowMethods(app, '/v1/references/update', 'POST');
  app.delete('/v1/references/:id', (c) => remove(c, true, apiOf(options), c.req.param('id')));
  allowMethods(app, '/v1/references/:id', 'DELETE');
}

function apiOf({ engine }: DialectDeps): FishApi {
  if (engine.fish) return engine.fish;
  throw new SpeechFailure({ code: 'not_supported', message: noVoices });
}

/** What `reference_id` may be: an origin's reference voices, else the voices there are. */
async function listIds({ engine }: DialectDeps, signal: AbortSignal): Promise<readonly string[]> {
  if (engine.fish) return engine.fish.listReferences(signal);
  return (await engine.voices()).map(({ id }) => id).sort();
}

function asksJson(c: Context<HttpEnv>, otherwise = false): boolean {
  return prefersJson(c.req.query('format'), c.req.header('accept'), otherwise);
}

/** Upstream's answer, which has the same members whether the work succeeds or fails. */
async function answer(json: boolean, ids: Members, work: () => Promise<string>): Promise<Response> {
  try {
    const message = await work();
    return reply(200, json, { success: true, message, ...ids });
  } catch (thrown) {
    if (!(thrown instanceof SpeechFailure)) throw thrown;
    const { error } = thrown;
    const { status, headers } = toErrorResponse(error, fishErrorBody);
    const members = { success: false, message: '', ...ids, ...fishErrorBody(meaningOf(error)) };
    const { headers: own, body } = encoded(json, members);
    throw new FailureWithResponse(error, { status, headers: { ...headers, ...own }, body }, thrown.cause);
  }
}

function reply(status: number, json: boolean, members: Members): Response {
  const { headers, body } = encoded(json, members);
  return new Response(body, { status, headers });
}

function encoded(
  json: boolean,
  members: Members,
): { headers: Record<string, string>; body: string | Uint8Array<ArrayBuffer> } {
  const headers = {
    'content-type': json ? 'application/json' : 'application/msgpack',
    'cache-control': 'no-store',
  };
  return { headers, body: json ? JSON.stringify(members) : encode(members) };
}

/**
 * Bodies of the reference routes, in the two steps of upstream (docs/fish-speech.md, references): `parse…` has the fields
 * and their types, `check…` what upstream's handler says of their content, in its words. All throw SpeechFailure invalid_value.
 */
export type NewReference = Readonly<z.infer<ReturnType<typeof addSchema>>>;
export type Renaming = Readonly<z.infer<typeof updateSchema>>;

export function createAddParser(limits: Limits): (fields: unknown) => NewReference {
  const schema = addSchema(limits);
  return (fields) => parseFields(schema, fields);
}

export function parseDelete(fields: unknown): { readonly reference_id: string } {
  return parseFields(deleteSchema, fields);
}

export function parseUpdate(fields: unknown): Renaming {
  return parseFields(updateSchema, fields);
}

export function checkAdd({ id, text, audio }: NewReference): void {
  if (isBlank(id)) throw invalid('Reference ID cannot be empty', 'id');
  if (isBlank(text)) throw invalid('Reference text cannot be empty', 'text');
  if (text.length > MAX_TRANSCRIPT) {
    throw invalid(`Reference text is too long. Maximum length is ${MAX_TRANSCRIPT} characters.`, 'text');
  }
  if (audio.length === 0) throw invalid('Audio file is empty or could not be read', 'audio');
  if (!idRule.test(id)) {
    const allowed = 'Only alphanumeric, hyphens, underscores, and spaces are allowed.';
    throw invalid(`Reference ID contains invalid characters. ${allowed}`, 'id');
  }
  if (id.length > MAX_ID) {
    throw invalid(`Reference ID is too long. Maximum length is ${MAX_ID} characters.`, 'id');
  }
  if (!looksLikeAudio(audio)) throw invalid(notAudio('audio'), 'audio');
}

export function checkDelete(id: string): void {
  if (isBlank(id)) throw invalid('Reference ID cannot be empty', 'reference_id');
  checkId('Reference ID', id, 'reference_id');
}

export function checkUpdate({ old_reference_id: from, new_reference_id: to }: Renaming): void {
  if (isBlank(from)) throw invalid('Old reference ID cannot be empty', 'old_reference_id');
  if (isBlank(to)) throw invalid('New reference ID cannot be empty', 'new_reference_id');
  if (from === to) {
    throw invalid('New reference ID must be different from old reference ID', 'new_reference_id');
  }
  checkId('Old reference ID', from, 'old_reference_id');
  checkId('New reference ID', to, 'new_reference_id');
}

/** Upstream's rule; an id is a folder there, and 80db25e checks it neither when it deletes nor when it speaks. */
const idRule = /^[a-zA-Z0-9\-_ ]+$/;
const MAX_ID = 255;

function checkId(name: string, id: string, param: string): void {
  if (!idRule.test(id) || id.length > MAX_ID) {
    throw invalid(`${name} contains invalid characters or is too long`, param);
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function wordsField(name: string): z.ZodType<string> {
  return z.string({
    error: ({ input }) =>
      (input ?? undefined) === undefined ? `${name} is required` : `${name} must be a string`,
  });
}

function body<T extends z.ZodRawShape>(fields: T): z.ZodObject<T> {
  return z.object(fields, { error: 'The body must be an object.' });
}

export const deleteSchema = body({ reference_id: wordsField('reference_id') });
export const updateSchema = body({
  old_reference_id: wordsField('old_reference_id'),
  new_reference_id: wordsField('new_reference_id'),
});

export function addSchema(limits: Limits) {
  return body({
    id: wordsField('id'),
    audio: bytesField('audio', limits.maxReferenceBytes),
    text: wordsField('text'),
  });
}
