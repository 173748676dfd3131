import { type Engine, type PcmStream, type Policy, type SharedSound, withBody } from '../../core/engine.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { resolveVoice } from '../../core/voices.ts';
import { meaningOf } from '../../speech/fingerprint.ts';
import { ClientGone, linkAbort } from '../../stream/cancel.ts';
import { type IoContext, ioContextOf } from '../../stream/io-context.ts';
import { Replay } from '../../stream/replay.ts';
import { inGroups } from '../../stream/turns.ts';
import type { KeptEntry, SpeechKeeping } from './kept-speech.ts';
import { decorate, openOrCancel } from './opening.ts';

export interface ShareOptions {
  /** Equal for requests that may share their speech; undefined for one that shares with nobody. */
  readonly key: (request: SpeechRequest) => Promise<string | undefined>;
  /** Where speech is kept, and whether that of a request is. */
  readonly keeping?: SpeechKeeping | undefined;
  readonly keeps?: ((request: SpeechRequest) => boolean) | undefined;
  /** Bytes of a shared speech that are kept for those who come later. */
  readonly maxBytes?: number | undefined;
}

/** 95 s of mono speech at 44.1 kHz: several times the longest segment. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Requests for the same speech share what was made before, if it was kept, and else one source, in one buffer: it serves those
 * who listen, those who join them, and what is kept of it. Until its first audio everybody can join. From then on a single
 * listener has the source itself, untouched, and nobody can join; but with several, or when the speech is to be kept,
 * latecomers still hear it from its first byte. The last one to leave stops it.
 *
 * The source is read at the pace of its fastest listener. A speech longer than `maxBytes` takes no latecomers beyond that
 * point, and its listeners wait for one that is so far behind; whoever stops reading altogether is ended by the idle
 * guard of its own answer.
 *
 * Whoever shared a part of a text (by its `thread`) will ask for the parts after it, though not in the same moment: those are
 * shared from the start, and stay for a few seconds when they are done.
 *
 * Where a request's work ends with it (`ports.background`), the source stays with the request that began it, which goes on
 * in the background when its client has left.
 */
export function share(options: ShareOptions, ports: Pick<Ports, 'clock' | 'background'>): Policy {
  const { keeping, keeps = () => true, maxBytes = MAX_BYTES } = options;
  return (inner) => {
    const running = new Map<string, SharedSpeech>();
    const crowd = new WeakSet<object>();
    return decorate(inner, async function shareOpen(request, signal) {
      const key = await options.key(request);
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (key === undefined) {
        request.onCacheMiss?.();
        return inner.open(request, signal);
      }
      const found = running.get(key);
      if (found && !found.isStale()) return found.join(request, signal, true);
      const speech = new SharedSpeech(inner, request, {
        maxBytes,
        crowd,
        ...ports,
        key,
        keeping: keeps(request) ? keeping : undefined,
        onClosed: () => {
          if (running.get(key) === speech) running.delete(key);
        },
      });
      running.set(key, speech);
      return speech.join(request, signal, false);
    });
  };
}

/** The key of what an engine says: as long as the text. @param voice the voice, with the revision of its content if it has one */
export function createSpeechKey(
  engine: Pick<Engine, 'id' | 'identity'>,
  voice: (request: SpeechRequest) => string | Promise<string>,
): (request: SpeechRequest) => Promise<string> {
  return async (request) =>
    meaningOf(request, { engine: engine.id, upstreams: engine.identity?.(), voice: await voice(request) });
}

/** By its id and revision, for an engine whose list is at hand. Rejects with `voice_not_found` as its `open` would. */
export function voiceByRevision(engine: Engine): (request: SpeechRequest) => Promise<string> {
  return async ({ voice }) => {
    const { id, revision = '' } = resolveVoice(voice, await engine.voices());
    return `${id}@${revision}`;
  };
}

/** Those who heard the beginning of a text together ask for its later parts within so many milliseconds of each other. */
const RETAIN_MS = 5000;

const goneFor = (reason: unknown): ClientGone => new ClientGone(reason);

/** Waits for the first audio. */
interface Subscriber {
  readonly signal: AbortSignal;
  readonly utteranceId: object | undefined;
  readonly onCacheMiss: SpeechRequest['onCacheMiss'];
  /** Found the speech under way already. */
  readonly late: boolean;
  /** The speech is there: whoever leaves now leaves that. */
  readonly unlink: () => void;
  /** Its own request opens the stream: on Workers one cannot read what another opened. */
  readonly take: (open: () => PcmStream) => void;
  readonly fail: (error: unknown) => void;
}

interface SharedSpeechParts extends Pick<Ports, 'clock' | 'background'> {
  readonly maxBytes: number;
  /** Threads of which a part was shared. */
  readonly crowd: WeakSet<object>;
  readonly key: string;
  /** Present where the speech is looked for, and kept. */
  readonly keeping: SpeechKeeping | undefined;
  /** Called when others can join no more. */
  readonly onClosed: () => void;
}

/** One speech and those who hear it: see `share`. */
class SharedSpeech {
  readonly #controller = new AbortController();
  readonly #parts: SharedSpeechParts;
  readonly #request: SpeechRequest;
  readonly #ioContext: IoContext;
  readonly #waiting = new Set<Subscriber>();
  /** How those who come later hear it. */
  #listen: ((signal: AbortSignal, late: boolean) => PcmStream) | undefined;
  #threads: object[] = [];
  /** It was not kept, and is being made. */
  #isMissed = false;
  /** When it must be gone, in the clock's milliseconds. */
  #retainedUntil = Number.POSITIVE_INFINITY;
  /** The request that began it is needed no more. */
  #over = (): void => {};

  constructor(inner: Engine, request: SpeechRequest, parts: SharedSpeechParts) {
    this.#parts = parts;
    this.#request = request;
    this.#ioContext = ioContextOf(parts);
    parts.background?.(
      new Promise<void>((resolve) => {
        this.#over = () => {
          this.#ioContext.leave();
          resolve();
        };
      }),
    );
    this.#begin(inner).catch((error: unknown) => {
      parts.onClosed();
      void this.#failAll(error).then(() => this.#over());
    });
  }

  /** Its own end was lost with the request that began it. */
  isStale(): boolean {
    return this.#parts.clock.now() > this.#retainedUntil;
  }

  join({ utteranceId, onCacheMiss }: SpeechRequest, signal: AbortSignal, late: boolean): Promise<PcmStream> {
    if (this.#isMissed) onCacheMiss?.();
    if (utteranceId) this.#threads.push(utteranceId);
    if (late) for (const each of this.#threads) this.#parts.crowd.add(each);
    if (this.#listen) return Promise.resolve(this.#listen(signal, late));
    const opening = new Promise<() => PcmStream>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(subscriber);
        reject(new ClientGone(signal.reason));
        if (this.#waiting.size === 0) this.#stop(signal.reason);
      };
      const unlink = (): void => signal.removeEventListener('abort', leave);
      const subscriber: Subscriber = {
        signal,
        utteranceId,
        onCacheMiss,
        late,
        unlink,
        take: resolve,
        fail: reject,
      };
      this.#waiting.add(subscriber);
      signal.addEventListener('abort', leave, { once: true });
    });
    return opening.then((open) => open());
  }

  async #begin(inner: Engine): Promise<void> {
    const entry = this.#parts.keeping?.entry(this.#parts.key);
    const kept = entry && (await entry.find());
    if (kept) return this.#hand(kept);
    this.#isMissed = true;
    for (const { onCacheMiss } of this.#waiting) onCacheMiss?.();
    if (this.#controller.signal.aborted) throw new ClientGone(this.#controller.signal.reason);
    const keep = entry?.begin(this.#request.customVoice ?? this.#request.voice ?? '');
    const stream = await openOrCancel(inner, this.#request, this.#controller.signal);
    const subscribers = this.#takeWaiting();
    const [only] = subscribers;
    if (!only) {
      this.#over();
      stream.body.cancel(new ClientGone()).catch(() => {}); // all left in the moment it came
      return;
    }
    const isCrowd = only.utteranceId !== undefined && this.#parts.crowd.has(only.utteranceId);
    if (subscribers.length === 1 && !only.late && !isCrowd && !keep) this.#handSource(stream, only);
    else this.#handShared(stream, subscribers, isCrowd, keep);
  }

  /** To each of those who wait what was kept. */
  #hand(kept: () => PcmStream): void {
    const subscribers = this.#takeWaiting();
    this.#parts.onClosed();
    void inGroups(subscribers, this.#parts.clock, ({ late, take }) => {
      take(() => (late ? { ...kept(), cache: { state: 'coalesced' } } : kept()));
    }).then(() => this.#over()); // not before: timers end with the request that began it
  }

  #handSource(stream: PcmStream, { signal, take }: Subscriber): void {
    this.#parts.onClosed();
    this.#over();
    linkAbort(signal, this.#controller, goneFor);
    take(() => stream);
  }

  #handShared(
    stream: PcmStream,
    subscribers: readonly Subscriber[],
    isCrowd: boolean,
    keep: ReturnType<KeptEntry['begin']> | undefined,
  ): void {
    const { maxBytes, clock, onClosed } = this.#parts;
    const isRetained = isCrowd && this.#request.isContinuation === true;
    const replay: Replay = new Replay(stream.body, {
      maxBytes,
      ioContext: this.#ioContext,
      clock,
      onShut: onClosed,
      onComplete: keep && ((pcm) => keep(stream, pcm)),
      onEnd: (whole) => {
        if (whole && isRetained && replay.isOpen) this.#retain(replay);
        else this.#over();
      },
    });
    const shared: SharedSound = { whole: () => replay.whole() };
    const listen = (signal: AbortSignal, late: boolean): PcmStream => {
      const state = late ? 'coalesced' : keep && 'miss';
      return withBody(stream, replay.join(signal), { cache: state ? { state } : stream.cache, shared });
    };
    this.#listen = listen;
    const listeners = subscribers.map(({ signal, late, take }) => ({ take, own: listen(signal, late) }));
    void inGroups(listeners, clock, ({ take, own }) => take(() => own));
  }

  async #failAll(error: unknown): Promise<void> {
    await inGroups(this.#takeWaiting(), this.#parts.clock, ({ fail }) => fail(error));
  }

  #takeWaiting(): Subscriber[] {
    const subscribers = [...this.#waiting];
    this.#waiting.clear();
    for (const { unlink } of subscribers) unlink();
    return subscribers;
  }

  /** Stays for those who are a little behind. */
  #retain(replay: Replay): void {
    const { clock } = this.#parts;
    const held = replay.join();
    this.#retainedUntil = clock.now() + RETAIN_MS;
    clock.alarm(RETAIN_MS, () => {
      held.cancel().catch(() => {});
      this.#over();
    });
  }

  #stop(reason: unknown): void {
    this.#parts.onClosed();
    this.#ioContext.run(async () => this.#controller.abort(new ClientGone(reason)));
  }
}
