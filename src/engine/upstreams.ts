import type { Ports } from '../core/ports.ts';
import type { Upstream, UpstreamKind } from '../core/upstream.ts';
import { createCloudUpstream } from './fish/cloud-upstream.ts';
import { currentFishApi } from './fish/combined-api.ts';
import { createFishUpstream } from './fish/upstream.ts';
import { createOpenaiUpstream } from './openai/upstream.ts';
import type { UpstreamConfig, UpstreamTimeouts } from './upstream/options.ts';
import { createUpstreamPool, type PoolOptions, type UpstreamPool } from './upstream/pool.ts';

type CreateUpstream = (
  options: UpstreamConfig & UpstreamTimeouts & Pick<UpstreamsOptions, 'registersVoices'>,
  ports: Pick<Ports, 'fetch' | 'clock' | 'sizedReads'>,
) => Upstream;

/** Every kind of upstream: a driver each. */
const upstreamKinds: Readonly<Record<UpstreamKind, CreateUpstream>> = {
  fish: createFishUpstream,
  'fish-cloud': createCloudUpstream,
  openai: createOpenaiUpstream,
};

export interface UpstreamsOptions extends Omit<PoolOptions, 'create' | 'fishApi'>, UpstreamTimeouts {
  /** Fish-Speech servers are given the recordings of custom voices once, instead of with each text. */
  readonly registersVoices?: boolean | undefined;
  /** Is awaited with the id of a reference voice that means another one now, or may. */
  readonly onReferenceChanged?: ((id: string) => void | Promise<void>) | undefined;
}

/** The pool of upstreams of all kinds. */
export function createPool(
  options: UpstreamsOptions,
  ports: Pick<Ports, 'fetch' | 'clock' | 'relay' | 'sizedReads' | 'background'>,
): UpstreamPool {
  const { firstByteTimeoutMs, idleTimeoutMs, totalTimeoutMs, voicesTtlMs } = options;
  const { registersVoices } = options;
  const timeouts = { firstByteTimeoutMs, idleTimeoutMs, totalTimeoutMs, voicesTtlMs };
  return createUpstreamPool(
    {
      ...options,
      create: (place) => upstreamKinds[place.kind]({ ...place, ...timeouts, registersVoices }, ports),
      fishApi: (upstreams) =>
        upstreams().some(({ fish }) => fish)
          ? currentFishApi(upstreams, options.onReferenceChanged)
          : undefined,
    },
    ports,
  );
}
