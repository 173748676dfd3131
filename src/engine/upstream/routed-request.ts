import type { PcmStream } from '../../core/engine.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { abortable, ClientGone } from '../../stream/cancel.ts';
import type { Waiter } from '../scheduling/fair-queue.ts';
import { jitteredPauseMs, pause, type RetryBudget } from '../scheduling/retry.ts';
import { type AttemptParts, runAttempt, type Speaking } from './attempt.ts';
import { affinityOf, mayTake, type PooledOrigin, type RoutingConstraints } from './choice.ts';
import { ableFor, locateVoice } from './locate.ts';
import type { OriginQueue } from './origin-queue.ts';
import type { SlotGrant } from './queue.ts';
import { classifyFailure, traitsOf, type Verdict } from './verdict.ts';

/** What the requests of a pool share. */
export interface Routing {
  readonly origins: () => readonly PooledOrigin[];
  readonly queue: OriginQueue;
  readonly attempt: AttemptParts;
  /** Longest wait of a request for its first audio, in milliseconds. */
  readonly deadlineMs: number;
  /** How often a request that failed before its first audio is tried again. */
  readonly retries: number;
  /** Of their own for failures that may be the request's: who sends bad requests takes no retry from others. */
  readonly budgets: { readonly certain: RetryBudget; readonly doubtful: RetryBudget };
  /** Which family spoke the beginning of a text, by its `utteranceId`. */
  readonly families: WeakMap<object, string>;
  /** 0..1, as `Math.random`. */
  readonly random: () => number;
}

/** Speaks at one of the upstreams that can, again at another where that may help. */
export async function openRouted(
  request: SpeechRequest,
  routing: Routing,
  signal: AbortSignal,
): Promise<PcmStream> {
  if (signal.aborted) throw new ClientGone(signal.reason);
  const { origins, families, budgets, deadlineMs, attempt } = routing;
  const deadlineAt = attempt.ports.clock.now() + deadlineMs;
  const inUse = origins().filter(({ place }) => !place.drain);
  const { utteranceId } = request;
  const where = await abortable(locateVoice(request.voice, inUse), signal);
  const { voice, ids } = ableFor(request, where, inUse, utteranceId && families.get(utteranceId));
  budgets.certain.request();
  budgets.doubtful.request();
  const constraints = {
    ids,
    deprioritized: new Set<string>(),
    excluded: new Set<string>(),
    affinity: affinityOf(request, voice),
    deadlineAt,
  };
  return new RoutedRequest({ request, voice, blamed: new Set() }, constraints, routing, signal).open();
}

interface Constraints extends RoutingConstraints {
  readonly deprioritized: Set<string>;
  readonly excluded: Set<string>;
}

/** One request on its way through the pool. */
class RoutedRequest {
  readonly #speaking: Speaking;
  readonly #constraints: Constraints;
  readonly #routing: Routing;
  readonly #signal: AbortSignal;
  readonly #waiter: Waiter;
  /** Ids of the origins whose failure may be the request's own. */
  readonly #doubted: string[] = [];

  constructor(speaking: Speaking, constraints: Constraints, routing: Routing, signal: AbortSignal) {
    const { client, isContinuation: heard, playbackDeadline, text } = speaking.request;
    this.#speaking = speaking;
    this.#constraints = constraints;
    this.#routing = routing;
    this.#signal = signal;
    this.#waiter = { client, heard, playbackDeadline, characters: text.length };
  }

  async open(): Promise<PcmStream> {
    const stream = await this.#tryInTurn().catch(async (error: unknown) => {
      await this.#settleDoubts(false);
      throw error;
    });
    this.#routing.attempt.inBackground(this.#settleDoubts(true));
    return stream;
  }

  async #tryInTurn(): Promise<PcmStream> {
    const { clock } = this.#routing.attempt.ports;
    const began = clock.now();
    let queueMs = 0;
    let failure: unknown;
    for (let retry = 0; ; retry++) {
      const asked = clock.now();
      const grant = await this.#waitForSlot(retry > 0).catch((error: unknown) => {
        throw error instanceof ClientGone ? error : (failure ?? error);
      });
      queueMs += clock.now() - asked;
      try {
        const stream = await this.#speakIn(grant);
        return { ...stream, queueMs, sourceMs: clock.now() - began - queueMs };
      } catch (error) {
        const verdict = classifyFailure(error);
        if (verdict.origin === 'suspected') this.#doubted.push(grant.origin.id);
        if (!(await this.#prepareRetry(grant.origin.id, verdict, retry))) throw error;
        failure = error;
      }
    }
  }

  #waitForSlot(again: boolean): Promise<SlotGrant> {
    const waiting = this.#speaking.request.trace?.begin('queue');
    const entering = this.#routing.queue.enter(this.#constraints, this.#waiter, again, this.#signal);
    return entering.finally(() => waiting?.end());
  }

  async #speakIn(grant: SlotGrant): Promise<PcmStream> {
    const { request } = this.#speaking;
    const { queue, attempt, families } = this.#routing;
    await request.limitsKnown;
    if (this.#signal.aborted) {
      await grant.lease.release();
      queue.wake();
      throw new ClientGone(this.#signal.reason);
    }
    const stream = await runAttempt(grant, this.#speaking, attempt, this.#signal);
    if (request.utteranceId) families.set(request.utteranceId, grant.origin.origin.family);
    return stream;
  }

  /** Whether it is worth another try, after a pause where the same origin would be asked again. */
  async #prepareRetry(failed: string, { again }: Verdict, retry: number): Promise<boolean> {
    const { origins, budgets, retries, random, attempt } = this.#routing;
    const { clock } = attempt.ports;
    const isDoubtful = again === 'once elsewhere';
    if (again === 'never' || this.#signal.aborted || retry >= retries) return false;
    if (isDoubtful && this.#doubted.length > 1) return false; // two origins agree
    const { deprioritized, excluded } = this.#constraints;
    (again === 'anywhere' ? deprioritized : excluded).add(failed);
    const able = origins().filter((each) => mayTake(each, this.#constraints));
    if (able.length === 0 || !(isDoubtful ? budgets.doubtful : budgets.certain).take()) return false;
    const isRested = ({ id, cooldownUntil }: PooledOrigin): boolean =>
      !deprioritized.has(id) && cooldownUntil <= clock.now();
    if (!able.some(isRested)) await pause(jitteredPauseMs(retry, random), clock, this.#signal);
    return true;
  }

  /** Counts the failures that may be the request's own, now that it is known what other origins made of it. */
  async #settleDoubts(wasSpoken: boolean): Promise<void> {
    if (this.#doubted.length === 0) return;
    const { slots } = this.#routing.attempt;
    const traits = await traitsOf(this.#speaking.request, this.#speaking.voice, wasSpoken);
    await Promise.all(this.#doubted.map((id) => slots.report(id, 'failed', traits)));
  }
}
