import type { Engine, PcmStream, Policy } from '../../core/engine.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { abortable } from '../../stream/cancel.ts';

/** `inner` with another way to open: everything else stays its own. */
export function decorate(inner: Engine, open: Engine['open']): Engine {
  return {
    id: inner.id,
    voices: () => inner.voices(),
    open,
    ...(inner.voiceOf && { voiceOf: inner.voiceOf.bind(inner) }),
    ...(inner.packs && { packs: () => inner.packs?.() ?? Promise.resolve([]) }),
    ...(inner.packsChanged && { packsChanged: () => inner.packsChanged?.() }),
    ...(inner.warm && { warm: (voice) => inner.warm?.(voice) ?? Promise.resolve() }),
    ...(inner.health && { health: (signal) => inner.health?.(signal) ?? Promise.resolve({ healthy: true }) }),
    ...(inner.voiceKey && { voiceKey: (request) => inner.voiceKey?.(request) ?? '' }),
    ...(inner.identity && { identity: () => inner.identity?.() ?? '' }),
    ...(inner.clones && { clones: () => inner.clones?.() ?? false }),
    ...(inner.fish && { fish: inner.fish }),
    ...(inner.load && { load: () => inner.load?.() ?? { queued: 0, running: 0 } }),
    ...(inner.close && { close: () => inner.close?.() ?? Promise.resolve() }),
  };
}

/** `policy` for the requests that it concerns; all others go past it. */
export function where(concerns: (request: SpeechRequest) => boolean, policy: Policy): Policy {
  return (inner) => {
    const through = policy(inner);
    return decorate(through, (request, signal) =>
      (concerns(request) ? through : inner).open(request, signal),
    );
  };
}

/**
 * Opens `inner` and waits no longer than `signal` allows. A stream that comes after that is cancelled: nobody else has it.
 *
 * @throws ClientGone as soon as `signal` aborts, else what `inner.open` throws
 */
export function openOrCancel(inner: Engine, request: SpeechRequest, signal: AbortSignal): Promise<PcmStream> {
  const opening = inner.open(request, signal);
  return abortable(opening, signal).catch((error: unknown) => {
    opening.then((late) => late.body.cancel(error)).catch(() => {});
    throw error;
  });
}
