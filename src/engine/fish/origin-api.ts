import { decode, encode } from '@msgpack/msgpack';
import type { FishApi } from '../../core/engine.ts';
import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import { callOrigin, malformedResponse, type OriginAnswer, type OriginCall } from '../upstream/call.ts';
import type { FishOptions } from './options.ts';

type ReferencesApi = Pick<FishApi, 'listReferences' | 'addReference' | 'deleteReference' | 'renameReference'>;

const MAX_ANSWER_BYTES = 1024 * 1024;
const MISSING = 404;
const TAKEN = 409;
const JSON_HEADERS = { accept: 'application/json', 'content-type': 'application/json' };

/** The reference voices of one origin (docs/fish-speech.md, references): its statuses and messages become errors of ours. */
export function createReferencesApi(
  options: FishOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): ReferencesApi {
  const ask = (
    call: Omit<OriginCall, 'maxBytes' | 'telling'>,
    meaning: Readonly<Record<number, SpeechError>>,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> => {
    const telling = [...Object.keys(meaning).map(Number), MISSING];
    const bounded = { ...call, maxBytes: MAX_ANSWER_BYTES, telling };
    return callOrigin(options, ports, bounded, signal).then((answer) => understand(answer, meaning));
  };
  /** Notes what became of `ids`, unless the origin has said that nothing did. */
  const changing = async (ids: Readonly<Record<string, boolean>>, work: () => Promise<unknown>) => {
    const note = async (known: boolean): Promise<void> => {
      for (const [id, present] of Object.entries(ids)) {
        await options.changes?.note({ id, present: known ? present : undefined });
      }
    };
    try {
      await work();
    } catch (error) {
      if (!isRefusal(error)) await note(false);
      throw error;
    }
    await note(true);
  };

  return {
    async listReferences(signal) {
      const call = {
        path: '/v1/references/list',
        method: 'GET',
        headers: { accept: 'application/json' },
      } as const;
      const { reference_ids: ids } = await ask(call, {}, signal);
      if (!Array.isArray(ids)) throw malformedResponse('no list of voices');
      return ids.filter((id) => typeof id === 'string');
    },
    async addReference({ id, audio, text }, signal) {
      const form = new FormData();
      form.set('id', id);
      form.set('text', text);
      form.set('audio', new Blob([audio as Uint8Array<ArrayBuffer>]), 'reference'); // a part without a file name is refused there
      const encoded = new Response(form); // a runtime's own fetch may not know this FormData; bytes all of them know
      const headers = {
        accept: 'application/json',
        'content-type': encoded.headers.get('content-type') ?? '',
      };
      const body = new Uint8Array(await encoded.arrayBuffer());
      const call = { path: '/v1/references/add', method: 'POST', headers, body } as const;
      const meaning: Record<number, SpeechError> = { [TAKEN]: { code: 'reference_exists', id } };
      await changing({ [id]: true }, () => ask(call, meaning, signal));
    },
    async deleteReference(id, signal) {
      const body = JSON.stringify({ reference_id: id });
      const call = { path: '/v1/references/delete', method: 'DELETE', headers: JSON_HEADERS, body } as const;
      const meaning: Record<number, SpeechError> = { [MISSING]: { code: 'reference_not_found', id } };
      await changing({ [id]: false }, () => ask(call, meaning, signal));
    },
    async renameReference(oldId, newId, signal) {
      const body = JSON.stringify({ old_reference_id: oldId, new_reference_id: newId });
      const call = { path: '/v1/references/update', method: 'POST', headers: JSON_HEADERS, body } as const;
      const meaning: Record<number, SpeechError> = {
        [MISSING]: { code: 'reference_not_found', id: oldId },
        [TAKEN]: { code: 'reference_exists', id: newId },
      };
      await changing({ [oldId]: false, [newId]: true }, () => ask(call, meaning, signal));
    },
  };
}

/** @throws SpeechFailure: what `meaning` says of the status, where the route itself and not its absence answered so */
function understand(
  { status, bytes }: OriginAnswer,
  meaning: Readonly<Record<number, SpeechError>>,
): Record<string, unknown> {
  const fields = readObject(bytes);
  if (status === MISSING && isNoRoute(fields)) throw new SpeechFailure(withoutReferences);
  const error = meaning[status];
  if (error && fields?.success === false) throw new SpeechFailure(error);
  if (error || status === MISSING) throw malformedResponse(`${status} instead of an answer about its voices`);
  if (fields?.success !== true) throw malformedResponse('no answer about its voices');
  return fields;
}

/** How Fish-Speech says that it has no such route: an error of a route has words, one of its voices `success`. */
function isNoRoute(fields: Record<string, unknown> | undefined): boolean {
  return fields?.statusCode === MISSING && fields.message === null;
}

const withoutReferences: SpeechError = {
  code: 'not_supported',
  message: 'The Fish-Speech server behind this one keeps no reference voices (it is 1.5 or older).',
};

function readObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const REFUSALS: readonly SpeechError['code'][] = [
  'invalid_value',
  'reference_exists',
  'reference_not_found',
  'request_too_large',
  'overloaded',
  'not_supported',
];

/** Whether the origin has surely changed nothing. */
export function isRefusal(error: unknown): error is SpeechFailure {
  return error instanceof SpeechFailure && REFUSALS.includes(error.error.code);
}

type VqganApi = Pick<FishApi, 'encode' | 'decode'>;

const HEADERS = { 'content-type': 'application/msgpack' };
/** An hour of speech has 800,000 tokens (10 for each of 21.5 frames a second), of three bytes at most. */
const MAX_TOKEN_BYTES = 8 * 1024 * 1024;
/** 2048 samples of two bytes; twice that leaves room for a codec of longer frames. */
const MAX_FRAME_BYTES = 8192;
const MAX_OVERHEAD_BYTES = 64 * 1024;
const FLOAT16_BYTES = 2;

/** The codec of one origin (docs/fish-speech.md, codec), which answers msgpack under `text/plain`. */
export function createVqganApi(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): VqganApi {
  const ask = async (
    path: string,
    fields: object,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<unknown> => {
    const call: OriginCall = { path, method: 'POST', headers: HEADERS, body: encode(fields), maxBytes };
    const { bytes } = await callOrigin(options, ports, call, signal);
    try {
      // Lengths are bounded by the bytes that came: a header alone must not allocate four billion places.
      return decode(bytes, {
        maxArrayLength: bytes.length,
        maxMapLength: bytes.length,
        maxBinLength: bytes.length,
        maxStrLength: bytes.length,
        maxExtLength: 0,
      });
    } catch {
      throw malformedResponse('broken msgpack');
    }
  };
  return {
    async encode(audios, signal) {
      const answer = await ask('/v1/vqgan/encode', { audios }, MAX_TOKEN_BYTES, signal);
      const tokens = (answer as { tokens?: unknown } | null)?.tokens;
      if (!isListOf(tokens, isTokens) || tokens.length !== audios.length)
        throw malformedResponse('no tokens');
      return tokens;
    },
    async decode(tokens, signal) {
      const frames = tokens.reduce((sum, codebooks) => sum + (codebooks[0]?.length ?? 0), 0);
      const maxBytes = frames * MAX_FRAME_BYTES + MAX_OVERHEAD_BYTES;
      const answer = await ask('/v1/vqgan/decode', { tokens }, maxBytes, signal);
      const audios = (answer as { audios?: unknown } | null)?.audios;
      if (!isListOf(audios, isFloat16) || audios.length !== tokens.length)
        throw malformedResponse('no audio');
      return audios;
    },
  };
}

function isListOf<T>(value: unknown, holds: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(holds);
}

const isToken = (value: unknown): value is number => Number.isInteger(value);
const isCodebook = (value: unknown): value is number[] => isListOf(value, isToken);
const isTokens = (value: unknown): value is number[][] => isListOf(value, isCodebook);

function isFloat16(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length % FLOAT16_BYTES === 0;
}
