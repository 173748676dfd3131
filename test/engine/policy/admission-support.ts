import type { PcmStream } from '../../../src/core/engine.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { type AdmissionOptions, admission } from '../../../src/engine/policy/admission.ts';
import type { AdmittedEngine } from '../../../src/engine/scheduling/demand.ts';
import { createFakeClock, type FakeClock } from '../../stream/fake-clock.ts';
import { asking, createFakeEngine, type FakeEngine } from './policy-engine.ts';

export interface Queue {
  readonly engine: FakeEngine;
  readonly queue: AdmittedEngine;
  readonly clock: FakeClock;
  /** Asks for `text`; the promise's failure may be looked at later. */
  ask(text: string, more?: Partial<SpeechRequest>, signal?: AbortSignal): Promise<PcmStream>;
  /** What the engine was asked for so far. */
  texts(): string[];
}

/** An engine that keeps up with `streams` of its streams, each of which takes `workMs` of its time. */
export interface Abilities {
  readonly streams?: number;
  readonly workMs?: number;
  /** It does not mind its signal. */
  readonly deaf?: boolean;
}

export function createQueue(
  options: Partial<AdmissionOptions>,
  { streams = 1, workMs = 0, deaf = false }: Abilities = {},
): Queue {
  const engine = createFakeEngine({ deaf });
  const clock = createFakeClock();
  const demandOf = async (): ReturnType<AdmissionOptions['demandOf']> => ({
    share: () => 0.9 / streams - 0.001, // an admission fills nine tenths
    workMs: () => workMs,
  });
  const queue = admission({ starting: 100, maxPending: 10, demandOf, ...options }, { clock })(engine);
  return {
    engine,
    queue,
    clock,
    ask(text, more = {}, signal = new AbortController().signal) {
      const opening = queue.open(asking(text, more), signal);
      opening.catch(() => {});
      return opening;
    },
    texts: () => engine.calls.map(({ request }) => request.text),
  };
}
