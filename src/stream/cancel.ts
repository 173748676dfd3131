/** The client left. Runtimes give strings, DOMExceptions or nothing as the reason; the app knows only this. */
export class ClientGone extends Error {
  constructor(reason?: unknown) {
    super('The client left.', { cause: reason });
    this.name = 'ClientGone';
  }
}

/** Rejects as soon as `signal` aborts, whatever `work` does; `work` keeps its own duty to stop. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => {});
    return Promise.reject(new ClientGone(signal.reason));
  }
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(new ClientGone(signal.reason));
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

/** A controller that aborts when `parent` does. `unlink` ends that: for a parent that outlives many children. */
export function linkedAbort(parent: AbortSignal): { controller: AbortController; unlink: () => void } {
  const controller = new AbortController();
  return { controller, unlink: linkAbort(parent, controller) };
}

/** The same for a controller that is there already. A function of its own, as its closure lives as long as a stream does. */
export function linkAbort(
  parent: AbortSignal,
  controller: AbortController,
  reasonOf: (reason: unknown) => unknown = (reason) => reason,
): () => void {
  const follow = (): void => controller.abort(reasonOf(parent.reason));
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return () => parent.removeEventListener('abort', follow);
}
