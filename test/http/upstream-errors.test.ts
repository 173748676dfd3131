import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/dialects/fish/upstream-checks.ts';
import {
  addModel,
  decodeModel,
  deleteModel,
  encodeModel,
  refuseLikeUpstream,
  ttsModel,
} from '../../src/dialects/fish/upstream-refusal.ts';
import { FailureWithResponse } from '../../src/http/error-response.ts';

/** The 422 body, or an empty text where upstream's schema is content. */
function refusal(model: Check, fields: unknown): string {
  try {
    refuseLikeUpstream(fields, model);
    return '';
  } catch (error) {
    if (!(error instanceof FailureWithResponse)) throw error;
    expect(error.response.status).toBe(422);
    return error.response.body as string;
  }
}

const entries = (model: Check, fields: unknown): unknown => JSON.parse(refusal(model, fields) || '[]');
const tts = (fields: object): unknown => entries(ttsModel, { text: 'a', ...fields });

describe('upstream’s 422', () => {
  it('is written as pydantic writes it', () => {
    expect(refusal(ttsModel, {})).toBe(`[
  {
    "type": "missing",
    "loc": [
      "text"
    ],
    "msg": "Field required",
    "input": {},
    "url": "https://errors.pydantic.dev/2.9/v/missing"
  }
]`);
    expect(refusal(ttsModel, { text: 'a', top_p: 2, temperature: 0 })).toBe(`[
  {
    "type": "less_than_equal",
    "loc": [
      "top_p"
    ],
    "msg": "Input should be less than or equal to 1",
    "input": 2,
    "ctx": {
      "le": 1.0
    },
    "url": "https://errors.pydantic.dev/2.9/v/less_than_equal"
  },
  {
    "type": "greater_than_equal",
    "loc": [
      "temperature"
    ],
    "msg": "Input should be greater than or equal to 0.1",
    "input": 0,
    "ctx": {
      "ge": 0.1
    },
    "url": "https://errors.pydantic.dev/2.9/v/greater_than_equal"
  }
]`);
  });

  it.each([
    [{ text: 5 }, 'string_type', ['text'], 'Input should be a valid string'],
    [{ text: null }, 'string_type', ['text'], 'Input should be a valid string'],
    [{ references: null }, 'list_type', ['references'], 'Input should be a valid list'],
    [{ references: [{ text: 'x' }] }, 'missing', ['references', 0, 'audio'], 'Field required'],
    [
      { references: [{ audio: 5, text: 'x' }] },
      'bytes_type',
      ['references', 0, 'audio'],
      'Input should be a valid bytes',
    ],
    [{ reference_id: ['x'] }, 'string_type', ['reference_id'], 'Input should be a valid string'],
    [
      { seed: '' },
      'int_parsing',
      ['seed'],
      'Input should be a valid integer, unable to parse string as an integer',
    ],
    [
      { chunk_length: 1.5 },
      'int_from_float',
      ['chunk_length'],
      'Input should be a valid integer, got a number with a fractional part',
    ],
    [{ max_new_tokens: null }, 'int_type', ['max_new_tokens'], 'Input should be a valid integer'],
    [
      { streaming: 'perhaps' },
      'bool_parsing',
      ['streaming'],
      'Input should be a valid boolean, unable to interpret input',
    ],
    [{ normalize: null }, 'bool_type', ['normalize'], 'Input should be a valid boolean'],
    [{ temperature: '0.5' }, 'float_type', ['temperature'], 'Input should be a valid number'],
    [{ format: 'flac' }, 'literal_error', ['format'], "Input should be 'wav', 'pcm' or 'mp3'"],
    [{ use_memory_cache: true }, 'literal_error', ['use_memory_cache'], "Input should be 'on' or 'off'"],
  ])('says of %j what pydantic says', (fields, type, loc, msg) => {
    expect(tts(fields)).toMatchObject([{ type, loc, msg, url: `https://errors.pydantic.dev/2.9/v/${type}` }]);
  });

  it.each([
    [{ chunk_length: 5 }],
    [{ chunk_length: '150' }],
    [{ chunk_length: true }],
    [{ seed: '5', max_new_tokens: -1 }],
    [{ normalize: 'YES', streaming: 0 }],
    [{ reference_id: null, seed: null }],
    [{ top_p: 1, temperature: 0.1, repetition_penalty: 2 }],
    [{ latency: 'low', model: 5 }],
    [{ text: new TextEncoder().encode('bytes') }],
    [{ references: [{ audio: new Uint8Array(3), text: 'x' }] }],
  ])('does not mind %j', (fields) => {
    expect(tts(fields)).toEqual([]);
  });

  it.each([[[]], [null], ['x'], [5]])('names the model of a body that is %j', (body) => {
    const ctx = { class_name: 'ServeTTSRequest' };
    const msg = 'Input should be a valid dictionary or instance of ServeTTSRequest';
    expect(entries(ttsModel, body)).toMatchObject([{ type: 'model_type', loc: [], msg, input: body, ctx }]);
  });

  it('covers references and the codec', () => {
    const error = 'Expected UploadFile, received str instead.';
    expect(entries(addModel, { id: 'a', text: 'b', audio: '%%' })).toMatchObject([
      { type: 'value_error', loc: ['audio'], msg: `Value error, ${error}`, input: '%%', ctx: { error } },
    ]);
    expect(entries(deleteModel, null)).toMatchObject([{ type: 'missing', loc: ['reference_id'] }]);
    expect(entries(encodeModel, { audios: [5] })).toMatchObject([{ type: 'bytes_type', loc: ['audios', 0] }]);
    expect(entries(decodeModel, {})).toMatchObject([{ type: 'missing', loc: ['tokens'] }]);
    expect(entries(decodeModel, { tokens: 'anything' })).toEqual([]);
  });

  it('never echoes binary, nor much of anything', () => {
    const body = refusal(ttsModel, {
      references: [{ audio: new Uint8Array(1e5).fill(137) }],
      note: 'n'.repeat(1e5),
      deep: JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`),
      wide: Array(16).fill(Array(16).fill(Array(16).fill(Array(16).fill('w')))),
      ...Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, index])),
    });
    expect(body.length).toBeLessThan(5000);
    expect(body).not.toContain('137');
  });

  it('is JSON for any body, as many faults as it may have', () => {
    const keys = ['text', 'references', 'seed', 'streaming', 'top_p', 'format', 'normalize'];
    const bodies = fc.dictionary(fc.constantFrom(...keys), fc.anything({ withBigInt: false }));
    fc.assert(
      fc.property(bodies, (fields) => {
        expect(Array.isArray(entries(ttsModel, fields))).toBe(true);
      }),
    );
    expect(entries(ttsModel, { text: 'a', references: Array(4000).fill({}) })).toHaveLength(64);
  });
});
