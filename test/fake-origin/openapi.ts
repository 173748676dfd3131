import type { Profile } from './profiles.ts';

const bytes = { type: 'string', format: 'binary' };
const text = { type: 'string' };

function operation(summary: string, schema: string | undefined): object {
  const content = schema && { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } };
  return { summary, ...(content && { requestBody: { required: true, content } }), responses: {} };
}

/**
 * `GET /json`: the OpenAPI 3.1 document that kui makes of the routes. Its version says little (three releases claim the same); its
 * paths and schemas say which one it is. A route without a body or a comment, health among them, is not in it.
 */
export function openApi(profile: Profile): object {
  const { formats, memoryCache, sampling, hasLatency } = profile;
  const ServeTTSRequest = {
    type: 'object',
    title: 'ServeTTSRequest',
    required: ['text'],
    properties: {
      text,
      chunk_length: { type: 'integer', default: 200 },
      format: { type: 'string', enum: formats, default: 'wav' },
      references: { type: 'array', items: { $ref: '#/components/schemas/ServeReferenceAudio' }, default: [] },
      reference_id: { anyOf: [text, { type: 'null' }], default: null },
      use_memory_cache: { type: 'string', enum: memoryCache, default: memoryCache[1] },
      top_p: { type: 'number', minimum: 0.1, maximum: 1, default: sampling.topP },
      ...(hasLatency && { latency: { type: 'string', enum: ['normal', 'balanced'], default: 'normal' } }),
    },
  };
  const paths: Record<string, object> = {
    '/v1/vqgan/encode': { post: operation('', 'ServeVQGANEncodeRequest') },
    '/v1/vqgan/decode': { post: operation('', 'ServeVQGANDecodeRequest') },
    '/v1/tts': { post: operation('', 'ServeTTSRequest') },
  };
  if (profile.hasReferences) {
    paths['/v1/references/add'] = { post: operation('Add a reference voice', undefined) };
    paths['/v1/references/list'] = { get: operation('List the reference voices', undefined) };
    paths['/v1/references/delete'] = { delete: operation('Delete a reference voice', undefined) };
    paths['/v1/references/update'] = { post: operation('Rename a reference voice', undefined) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Fish Speech API', version: profile.infoVersion },
    paths,
    tags: [],
    components: {
      schemas: {
        ServeReferenceAudio: {
          type: 'object',
          required: ['audio', 'text'],
          properties: { audio: bytes, text },
        },
        ServeTTSRequest,
        ServeVQGANEncodeRequest: { type: 'object', properties: { audios: { type: 'array', items: bytes } } },
        ServeVQGANDecodeRequest: { type: 'object', properties: { tokens: { type: 'array' } } },
      },
    },
    servers: [{ url: '/', description: 'Current server' }],
  };
}
