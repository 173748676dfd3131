import type { FishApi } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Upstream } from '../../core/upstream.ts';
import { combineFishApis } from './combined-api.ts';

/** What the Fish-Speech servers of a pool can do besides speaking, whichever they are at the time. */
export function currentFishApi(
  upstreams: () => readonly Upstream[],
  onReferenceChanged?: (id: string) => void | Promise<void>,
): FishApi {
  let combined: { readonly of: readonly FishApi[]; readonly api: FishApi } | undefined;
  const current = (): FishApi => {
    const apis = upstreams().flatMap(({ fish }) => (fish ? [fish] : []));
    const { of } = combined ?? {};
    if (combined && of?.length === apis.length && of.every((api, i) => api === apis[i])) return combined.api;
    if (apis.length === 0) throw unsupported();
    combined = { of: apis, api: combineFishApis(apis, onReferenceChanged) };
    return combined.api;
  };
  return {
    listReferences: async (signal) => current().listReferences(signal),
    addReference: async (reference, signal) => current().addReference(reference, signal),
    deleteReference: async (id, signal) => current().deleteReference(id, signal),
    renameReference: async (oldId, newId, signal) => current().renameReference(oldId, newId, signal),
    encode: async (audios, signal) => current().encode(audios, signal),
    decode: async (tokens, signal) => current().decode(tokens, signal),
  };
}

function unsupported(): SpeechFailure {
  return new SpeechFailure({
    code: 'not_supported',
    message: 'No self-hosted Fish-Speech origin is set up.',
  });
}
